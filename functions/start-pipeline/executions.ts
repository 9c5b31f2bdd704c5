import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";

/** The executions of the state machine, as this function starts and looks at them. */
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
  async start(name: string, input: { readonly date: string; readonly trigger: "upload" }): Promise<boolean> {
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
