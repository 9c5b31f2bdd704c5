import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { pascal } from "../lib/words";
import type { SecurityGroups } from "./security-groups";

export interface EndpointsProps {
  readonly name: string;
  readonly vpcId: string;
  /** Services with an interface endpoint. */
  readonly interfaces: readonly string[];
  readonly subnetIds: readonly string[];
  readonly routeTableIds: readonly string[];
  readonly groups: SecurityGroups;
}

/**
 * The ways from a network to AWS, without the internet: gateways to S3 and DynamoDB, interfaces to the rest. None lets requests through
 * that are signed by keys of another account, so that nothing leaves by way of somebody else's bucket or topic and their keys.
 */
export class Endpoints extends Construct {
  constructor(scope: Construct, id: string, props: EndpointsProps) {
    super(scope, id);
    const { region, account } = aws(this);
    const common = (service: string) => ({
      vpcId: props.vpcId,
      serviceName: `com.amazonaws.${region}.${service}`,
      tags: { Name: `${props.name}-${service}` },
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "ThisAccountAlone",
            Effect: "Allow",
            Principal: "*",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalAccount": account } },
          },
        ],
      }),
    });
    for (const service of ["s3", "dynamodb"] as const) {
      const gateway = new VpcEndpoint(this, pascal(service), {
        ...common(service),
        vpcEndpointType: "Gateway",
        routeTableIds: [...props.routeTableIds],
      });
      props.groups.allowGateway(pascal(service), gateway.prefixListId);
    }
    for (const service of props.interfaces) {
      new VpcEndpoint(this, pascal(service), {
        ...common(service),
        vpcEndpointType: "Interface",
        subnetIds: [...props.subnetIds],
        securityGroupIds: [props.groups.endpoints.id],
        privateDnsEnabled: true,
      });
    }
  }
}
