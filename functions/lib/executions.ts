import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";

/** Input of the state machine, as functions give it. */
export interface RunInput {
  readonly date: string;
  readonly trigger: "upload" | "event";
  /** @default all */
  readonly datasets?: readonly string[];
  /** @default none */
  readonly promote?: readonly string[];
}

/** The executions of the state machine, as functions start and look at them. */
export class Executions {
  constructor(
    private readonly stateMachineArn: string,
    private readonly client: SFNClient = new SFNClient({}),
  ) {}

  /**
   * Starts a run, or finds it started: the same name with the same input is the same run.
   *
   * @returns false where a run of that name is over already.
   */
  async start(name: string, input: RunInput): Promise<boolean> {
    try {
      await this.client.send(
        new StartExecutionCommand({ stateMachineArn: this.stateMachineArn, name, input: JSON.stringify(input) }),
      );
      return true;
    } catch (error) {
      if (error instanceof ExecutionAlreadyExists) return false;
      throw error;
    }
  }

  /** Whether a run is over, however it ended. One that was not started yet, or that nobody knows, is not. */
  async isOver(name: string): Promise<boolean> {
    try {
      const executionArn = `${this.stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
      const { status } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
      return status !== "RUNNING" && status !== "PENDING_REDRIVE";
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return false;
      throw error;
    }
  }
}
