import { CloudwatchEventBus } from "@cdktf/provider-aws/lib/cloudwatch-event-bus";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { type FunctionSettings, LambdaFunction } from "../lib/lambda-function";
import type { Names } from "../lib/naming";
import { Queue } from "../lib/queue";
import { readMessage } from "../lib/queue-measures";
import type { Grantee } from "../lib/service-role";
import type { FileStore } from "../lib/stored-file";

/** Events that the lake itself puts on its bus. */
export const RUN_EVENTS = ["RunSucceeded", "RunPartial", "RunFailed"] as const;

export interface RunBusProps {
  readonly names: Names;
  /** Where the code of its function is kept. */
  readonly store: FileStore;
  readonly stateMachineArn: string;
  /** What its function shares with others. */
  readonly functions?: FunctionSettings;
}

/**
 * The lake's own event bus. Whoever may put events on it asks for runs with `RunRequested`, and whoever listens hears how every run ended:
 * `RunSucceeded`, `RunPartial`, `RunFailed`. What is put on it and is none of these is refused, where people see it: EventBridge alone would drop it
 * without a word.
 *
 * @see docs/architecture.md, "Events"
 *
 * @example
 * const bus = new RunBus(this, "RunBus", { names, store: lake.artifacts, stateMachineArn });
 * bus.grantPut(upstream);
 */
export class RunBus extends Construct {
  readonly name: string;
  readonly arn: string;
  /** Requests for which no run was started. */
  readonly deadLetters: Queue;
  readonly requestRun: LambdaFunction;

  constructor(scope: Construct, id: string, { names, store, stateMachineArn, functions = {} }: RunBusProps) {
    super(scope, id);
    const bus = new CloudwatchEventBus(this, "Bus", {
      name: names.eventBus,
      description: "Requests for runs, and how runs ended",
    });
    this.name = bus.name;
    this.arn = bus.arn;
    const rule = new CloudwatchEventRule(this, "Rule", {
      name: names.requestsRule,
      eventBusName: bus.name,
      description: "What is asked for on the bus",
      eventPattern: Fn.jsonencode({ "detail-type": [{ "anything-but": [...RUN_EVENTS] }] }),
    });
    this.deadLetters = new Queue(this, "RefusedRequests", {
      names,
      of: "refused-requests",
      rule: rule.arn,
      advice: {
        says: "An event asked for a run that cannot be. The message is the event; its attribute ERROR_MESSAGE says why, and contracts/events/run-requested.json what such an event looks like.",
        command: readMessage(names.queue("refused-requests")),
      },
    });

    this.requestRun = new LambdaFunction(this, "RequestRun", {
      ...functions,
      names,
      store,
      functionName: "request-run",
      description: "Starts the run that an event asks for",
      environment: { STATE_MACHINE_ARN: stateMachineArn, REFUSED_QUEUE_URL: this.deadLetters.url },
      memoryMb: 256,
      timeoutSeconds: 30,
    });
    this.requestRun.allow({ sid: "StartRun", actions: ["states:StartExecution"], resources: [stateMachineArn] });
    // That lets it refuse requests, too.
    this.requestRun.sendFailuresTo(this.deadLetters);
    new LambdaPermission(this, "AllowRule", {
      statementId: "AllowRequestsRule",
      functionName: this.requestRun.functionName,
      ...(this.requestRun.qualifier === undefined ? {} : { qualifier: this.requestRun.qualifier }),
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    new CloudwatchEventTarget(this, "Request", {
      rule: rule.name,
      eventBusName: bus.name,
      targetId: "Request",
      arn: this.requestRun.functionArn,
      deadLetterConfig: { arn: this.deadLetters.arn },
    });
  }

  /** May put events on the bus. */
  grantPut(role: Grantee): void {
    role.allow({ sid: `PutOn${this.node.id}`, actions: ["events:PutEvents"], resources: [this.arn] });
  }
}
