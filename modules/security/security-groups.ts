import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";

const HTTPS = { ipProtocol: "tcp", fromPort: 443, toPort: 443 } as const;
const ALL_TCP = { ipProtocol: "tcp", fromPort: 0, toPort: 65_535 } as const;

export interface SecurityGroupsProps {
  readonly name: string;
  readonly vpcId: string;
  /** Whether there is a way to the internet. */
  readonly internet: boolean;
}

/** Who may talk to whom in a network: functions and jobs to the endpoints, the workers of jobs to each other, nobody else. */
export class SecurityGroups extends Construct {
  readonly endpoints: SecurityGroup;
  readonly functions: SecurityGroup;
  readonly jobs: SecurityGroup;

  constructor(scope: Construct, id: string, { name, vpcId, internet }: SecurityGroupsProps) {
    super(scope, id);
    const group = (of: string, description: string) =>
      new SecurityGroup(this, of, {
        name: `${name}-${of.toLowerCase()}`,
        description,
        vpcId,
        tags: { Name: `${name}-${of.toLowerCase()}` },
      });
    this.endpoints = group("Endpoints", "Interface endpoints: HTTPS from functions and jobs");
    this.functions = group("Functions", "Lambda functions: HTTPS to the endpoints");
    this.jobs = group("Jobs", "Glue jobs: HTTPS to the endpoints, and their workers to each other");

    for (const [from, { id: client }] of Object.entries({ Functions: this.functions, Jobs: this.jobs })) {
      new VpcSecurityGroupIngressRule(this, `EndpointsFrom${from}`, {
        ...HTTPS,
        securityGroupId: this.endpoints.id,
        referencedSecurityGroupId: client,
        description: `HTTPS from ${from.toLowerCase()}`,
      });
      new VpcSecurityGroupEgressRule(this, `${from}ToEndpoints`, {
        ...HTTPS,
        securityGroupId: client,
        referencedSecurityGroupId: this.endpoints.id,
        description: "HTTPS to interface endpoints",
      });
      if (internet) {
        new VpcSecurityGroupEgressRule(this, `${from}ToInternet`, {
          ...HTTPS,
          securityGroupId: client,
          cidrIpv4: "0.0.0.0/0",
          description: "HTTPS to the internet",
        });
      }
    }
    // Glue asks for it: a job's driver and executors are in one group, and talk on any port.
    // @see https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html
    const workers = {
      ...ALL_TCP,
      securityGroupId: this.jobs.id,
      referencedSecurityGroupId: this.jobs.id,
      description: "Workers of a job to each other",
    };
    new VpcSecurityGroupIngressRule(this, "JobsFromJobs", workers);
    new VpcSecurityGroupEgressRule(this, "JobsToJobs", workers);
  }

  /** Lets functions and jobs reach a service by its gateway endpoint. */
  allowGateway(service: string, prefixListId: string): void {
    for (const [from, { id: client }] of Object.entries({ Functions: this.functions, Jobs: this.jobs })) {
      new VpcSecurityGroupEgressRule(this, `${from}To${service}`, {
        ...HTTPS,
        securityGroupId: client,
        prefixListId,
        description: `HTTPS to ${service}`,
      });
    }
  }
}
