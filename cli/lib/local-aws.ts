import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, watch } from "node:fs";
import path from "node:path";
import { CliError, hasCode, messageOf } from "./errors";
import { interrupt } from "./interrupt";
import { ROOT, shownPath, VENV_BIN } from "./paths";

/** A running local AWS, as its ready file describes it. */
export interface LocalEndpoint {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  readonly pid: number;
  readonly region: string;
  readonly account: string;
}

/** A local AWS and where its files are. */
export interface RunningLocal extends LocalEndpoint {
  /** Folder of the run that started it. */
  readonly folder: string;
}

/** What a local AWS is, where it is not as usual. */
export type LocalOptions = Partial<Pick<LocalEndpoint, "account" | "region">> & {
  /** Let people ask for faults. @default false */
  readonly faults?: boolean;
};

/** How long the local AWS may take to listen, and to end, in milliseconds. */
const PATIENCE = { start: 120_000, stop: 20_000 } as const;

const LOG_LINES = 15;

/** Variables of a person's real AWS: nothing that is meant for this laptop may reach it. */
const AWS_VARIABLE = /^AWS_/;

/**
 * @param local the local AWS
 * @returns the variables of this process with every AWS setting replaced by that of the local AWS
 */
export function localEnvironment(local?: LocalEndpoint): NodeJS.ProcessEnv {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !AWS_VARIABLE.test(name)));
  if (local === undefined) return own;
  return {
    ...own,
    AWS_ENDPOINT_URL: local.endpoint,
    AWS_REGION: local.region,
    AWS_DEFAULT_REGION: local.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * The local AWS as a process of ours. It ends with {@link stop}, and by itself when this process ends in whatever way, because its
 * standard input closes then.
 */
export class LocalAws {
  private stopping = false;

  private constructor(
    readonly local: RunningLocal,
    private readonly child: ChildProcess,
    private readonly log: string,
  ) {}

  /**
   * Starts it and waits until it listens.
   *
   * @param folder for its files and logs
   * @param as the account and region that it pretends to be, those of `local` where left out; and whether it takes faults
   * @throws CliError with the end of its log where it does not come up
   */
  static async start(folder: string, as: LocalOptions = {}): Promise<LocalAws> {
    const stateDir = path.join(folder, "local-aws");
    const readyFile = path.join(folder, "local-aws.json");
    const log = path.join(folder, "local-aws.out");
    mkdirSync(stateDir, { recursive: true });
    const output = openSync(log, "a");
    const args = [
      ...["-m", "commerce_lake_local", "--port", "0", "--state-dir", stateDir, "--ready-file", readyFile],
      ...(as.account === undefined ? [] : ["--account", as.account]),
      ...(as.region === undefined ? [] : ["--region", as.region]),
      ...(as.faults === true ? ["--faults"] : []),
    ];
    const child = spawn(path.join(VENV_BIN, "python"), args, {
      cwd: ROOT,
      env: {
        ...localEnvironment(),
        PYTHONPATH: path.join(ROOT, "local"),
        // The engines start this Node and this Spark, whatever else the machine has.
        PATH: [VENV_BIN, path.dirname(process.execPath), process.env.PATH ?? ""].join(path.delimiter),
      },
      stdio: ["pipe", output, output],
      // Ctrl-C in the terminal reaches us alone: we end it when we are done with it.
      detached: true,
    });
    closeSync(output);
    // Writing to a process that has gone is no reason to crash: its end is noticed by `ended`.
    child.stdin?.on("error", () => {});
    try {
      const local = await untilReady(child, folder, readyFile);
      return new LocalAws({ ...local, folder }, child, log);
    } catch (error) {
      child.kill("SIGKILL");
      if (interrupt.aborted) throw error;
      throw new CliError(
        `The local AWS did not start: ${messageOf(error)}\n${tail(log)}\n  logs  ${shownPath(log)}, ${shownPath(stateDir)}`,
      );
    }
  }

  /**
   * Never resolves; for a race with work that needs the local AWS.
   *
   * @throws CliError with the end of its log, once it has ended without being asked to
   */
  async failed(): Promise<never> {
    if (!this.hasEnded()) await once(this.child, "exit");
    // Asked to, it ends: whoever asked does not wait for this any more.
    if (this.stopping) return new Promise<never>(() => {});
    const how = this.child.signalCode ?? `exit ${this.child.exitCode}`;
    throw new CliError(`The local AWS ended unexpectedly (${how}).\n${tail(this.log)}\n  log   ${shownPath(this.log)}`);
  }

  /** Ends it, with every process that it started. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.hasEnded()) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    // Killed, it still takes its processes along: it has a watchdog for that.
    const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE.stop);
    await ended;
    clearTimeout(timer);
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Waits for the ready file, the process's end, an interrupt or too much time, whichever comes first. */
function untilReady(child: ChildProcess, folder: string, readyFile: string): Promise<LocalEndpoint> {
  return new Promise((resolve, reject) => {
    const settled = new AbortController();
    const settle = (action: () => void) => {
      settled.abort();
      clearTimeout(timer);
      watcher.close();
      action();
    };
    const look = () => {
      const local = readEndpoint(readyFile);
      if (local) settle(() => resolve(local));
    };
    const late = () => reject(new Error(`it does not listen after ${PATIENCE.start / 1000} s`));
    const timer = setTimeout(() => settle(late), PATIENCE.start);
    const watcher = watch(folder, look);
    const { signal } = settled;
    interrupt.addEventListener("abort", () => settle(() => reject(interrupt.reason)), { signal });
    child.once("error", (error) => settle(() => reject(error)));
    child.once("exit", (code, by) => settle(() => reject(new Error(`it ended (${by ?? `exit ${code}`})`))));
    look();
  });
}

/** @returns what a ready file says; undefined while there is none */
function readEndpoint(file: string): LocalEndpoint | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function tail(log: string): string {
  const lines = readFileSync(log, "utf8").trimEnd().split("\n").slice(-LOG_LINES);
  return lines.map((line) => `    ${line}`).join("\n");
}
