import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { type RunStep, runStepOf } from "../../modules/orchestration/run-steps";

/** What Step Functions says of executions that are over. */
export class Executions {
  constructor(private readonly client: SFNClient = new SFNClient({})) {}

  async describe(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.client.send(new DescribeExecutionCommand({ executionArn }));
  }

  /** All that happened, oldest first: Step Functions ends an execution before there is more than fits into memory. */
  async history(executionArn: string): Promise<HistoryEvent[]> {
    const pages = paginateGetExecutionHistory({ client: this.client, pageSize: 1_000 }, { executionArn });
    const history: HistoryEvent[] = [];
    for await (const { events = [] } of pages) history.push(...events);
    return history;
  }
}

/** The step that an execution was at when it ended; undefined where it entered none. */
export function lastStep(history: readonly HistoryEvent[]): RunStep | undefined {
  const steps = history.flatMap(({ stateEnteredEventDetails: entered }) =>
    entered?.name === undefined ? [] : (runStepOf(entered.name) ?? []),
  );
  return steps.at(-1);
}
