import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import type { Names } from "../lib/naming";
import { ServiceRole } from "../lib/service-role";

export interface FlowLogsProps {
  readonly names: Names;
  readonly vpcId: string;
  /** Days that they are kept. */
  readonly retentionDays: number;
}

/** Every connection of a VPC, accepted or refused, in a log group that forgets. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { names, vpcId, retentionDays }: FlowLogsProps) {
    super(scope, id);
    const group = new CloudwatchLogGroup(this, "Logs", {
      name: names.logGroups.flowLogs,
      retentionInDays: retentionDays,
    });
    const role = new ServiceRole(this, "Role", {
      name: names.role("flow-logs"),
      service: "vpc-flow-logs.amazonaws.com",
      description: "Writes the flow logs",
    });
    role.allow(
      {
        sid: "WriteLogs",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        resources: [`${group.arn}:*`],
      },
      // It looks for its group among all.
      { sid: "FindLogs", actions: ["logs:DescribeLogGroups"], resources: [aws(this).arn("logs", "log-group:*")] },
    );
    new FlowLog(this, "FlowLog", {
      vpcId,
      trafficType: "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 600,
      tags: { Name: names.network },
      ...(role.policy === undefined ? {} : { dependsOn: [role.policy] }),
    });
  }
}
