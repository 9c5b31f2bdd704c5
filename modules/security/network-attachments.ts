import { GlueConnection } from "@cdktf/provider-aws/lib/glue-connection";
import type { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import type { NetworkAttachment } from "../lib/lambda-function";
import type { Names } from "../lib/naming";
import type { Grantee, Permission } from "../lib/service-role";

/** Describing takes almost never a resource in EC2, so that whoever may look, looks at all. */
const lookAt = (actions: readonly string[]): Permission => ({ sid: "LookAtNetwork", actions, resources: ["*"] });

const keepInterfaces = (scope: Construct, subnets: readonly Subnet[], group: SecurityGroup): readonly string[] => [
  aws(scope).arn("ec2", "network-interface/*"),
  ...subnets.map((subnet) => subnet.arn),
  group.arn,
];

/** Where functions run: all private subnets, in a group of their own. */
export class FunctionAttachment implements NetworkAttachment {
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];

  constructor(
    private readonly scope: Construct,
    private readonly subnets: readonly Subnet[],
    private readonly group: SecurityGroup,
  ) {
    this.subnetIds = subnets.map(({ id }) => id);
    this.securityGroupIds = [group.id];
  }

  /**
   * May keep the interfaces by which a function stands in its subnets. Lambda may, that is: the code of a function, with the very same
   * role, may not.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   */
  grantAttach(role: Grantee): void {
    const conditions = { Null: { "lambda:SourceFunctionArn": "true" } };
    role.allow(
      {
        ...lookAt(["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]),
        conditions,
      },
      {
        sid: "CreateInterfaces",
        actions: ["ec2:CreateNetworkInterface"],
        resources: keepInterfaces(this.scope, this.subnets, this.group),
        conditions,
      },
      {
        sid: "RemoveInterfaces",
        actions: ["ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"],
        // Lambda tries this right out on no interface in particular, which EC2 spells so.
        resources: [aws(this.scope).arn("ec2", "*/*")],
        conditions,
      },
    );
  }
}

export interface JobAttachmentProps {
  readonly names: Names;
  readonly vpcArn: string;
  readonly subnets: readonly Subnet[];
  readonly group: SecurityGroup;
}

/** Where Glue jobs run: a connection for each zone, of which Glue takes the next where the first one's zone has no room. */
export class JobAttachment extends Construct {
  /** Names of the connections. */
  readonly connections: string[];
  private readonly connectionArns: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: JobAttachmentProps,
  ) {
    super(scope, id);
    const { names, subnets, group } = props;
    const made = subnets.map(
      (subnet, index) =>
        new GlueConnection(this, `Connection${index + 1}`, {
          name: names.connection(index + 1),
          description: "Puts jobs into a private subnet",
          connectionType: "NETWORK",
          physicalConnectionRequirements: {
            availabilityZone: subnet.availabilityZone,
            subnetId: subnet.id,
            securityGroupIdList: [group.id],
          },
        }),
    );
    this.connections = made.map(({ name }) => name);
    this.connectionArns = made.map(({ arn }) => arn);
  }

  /**
   * May keep the interfaces of workers in the subnets.
   *
   * @see https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html
   */
  grantAttach(role: Grantee): void {
    const { vpcArn, subnets, group } = this.props;
    const place = aws(this);
    role.allow(
      lookAt([
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
      ]),
      // The one of EC2's that does take a resource.
      { sid: "LookAtVpc", actions: ["ec2:DescribeVpcAttribute"], resources: [vpcArn] },
      {
        sid: "CreateInterfaces",
        actions: ["ec2:CreateNetworkInterface"],
        resources: keepInterfaces(this, subnets, group),
      },
      {
        sid: "RemoveInterfaces",
        actions: ["ec2:DeleteNetworkInterface"],
        resources: [place.arn("ec2", "network-interface/*")],
        conditions: { ArnEquals: { "ec2:Vpc": vpcArn } },
      },
      {
        sid: "TagInterfaces",
        actions: ["ec2:CreateTags", "ec2:DeleteTags"],
        resources: [place.arn("ec2", "network-interface/*")],
        conditions: { "ForAllValues:StringEquals": { "aws:TagKeys": ["aws-glue-service-resource"] } },
      },
      {
        sid: "ReadConnections",
        actions: ["glue:GetConnection"],
        resources: [place.arn("glue", "catalog"), ...this.connectionArns],
      },
    );
  }
}
