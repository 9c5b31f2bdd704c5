import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  paginateGetExecutionHistory,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { type RunStep, runStepOf } from "../../modules/orchestration/run-steps";

/** Events that are looked through for the last step, newest first: far more than a step has. */
const MOST_EVENTS = 10_000;

/** What Step Functions says of executions that are over. */
export class Executions {
  constructor(private readonly client: SFNClient = new SFNClient({})) {}

  async describe(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.client.send(new DescribeExecutionCommand({ executionArn }));
  }

  /** The step that an execution was at when it ended; undefined where it entered none, or so many events ago that nobody looks. */
  async lastStep(executionArn: string): Promise<RunStep | undefined> {
    let seen = 0;
    const pages = paginateGetExecutionHistory(
      { client: this.client, pageSize: 1_000 },
      { executionArn, reverseOrder: true },
    );
    for await (const { events = [] } of pages) {
      for (const { stateEnteredEventDetails: entered } of events) {
        const step = entered?.name === undefined ? undefined : runStepOf(entered.name);
        if (step !== undefined) return step;
      }
      seen += events.length;
      if (seen >= MOST_EVENTS) return undefined;
    }
    return undefined;
  }
}
