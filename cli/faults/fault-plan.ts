import { CliError } from "../lib/errors";

/** A fault as the local AWS takes it. @see local/README.md, "Breaking it on purpose" */
export interface Fault {
  readonly target: string;
  readonly fault: "throttle" | "crash" | "timeout" | "garbage" | "kill";
  readonly times?: number | "always";
  readonly containing?: string;
  readonly at?: string;
  readonly seconds?: number;
}

/** What the local AWS says of a fault. */
export interface FaultState {
  readonly id: number;
  readonly target: string;
  readonly struck: number;
}

/** The faults of a local AWS that was started with `--faults`. */
export class FaultPlan {
  private readonly url: string;

  constructor(endpoint: string) {
    this.url = `${endpoint}/_faults`;
  }

  async ask(fault: Fault): Promise<FaultState> {
    return (await this.call("POST", "", fault)) as FaultState;
  }

  async list(): Promise<readonly FaultState[]> {
    return ((await this.call("GET", "")) as { faults: FaultState[] }).faults;
  }

  /** Takes a fault back; what hangs by it goes on. */
  async lift({ id }: FaultState): Promise<void> {
    await this.call("DELETE", `/${id}`);
  }

  private async call(method: string, path: string, content?: Fault): Promise<unknown> {
    const body = content === undefined ? {} : { body: JSON.stringify(content) };
    const response = await fetch(`${this.url}${path}`, { method, ...body });
    const answer = (await response.json()) as { message?: string };
    if (!response.ok) throw new CliError(`The local AWS takes no such fault: ${answer.message}`);
    return answer;
  }
}
