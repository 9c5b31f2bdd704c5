import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { hasCode } from "./errors";
import { interrupt } from "./interrupt";

/** What to run and how to listen to it. */
export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** File that all output is appended to. */
  readonly log: string;
  /** Called with each line of standard output. */
  readonly onLine?: (line: string) => void;
  /** Whether standard output goes to `onLine` alone: it holds what must not be kept. @default false */
  readonly isSecret?: boolean;
}

/** How a command ended. */
export interface RunResult {
  /** Its exit code; -1 where a signal ended it. */
  readonly code: number;
  /** The last lines of its standard output and error. */
  readonly tail: readonly string[];
}

const TAIL_LINES = 20;

/** How long a process may take to end once asked, in milliseconds. */
const STOP_MS = 15_000;

/**
 * Runs a command to its end, its output going to a log. An interrupt ends it and everything that it started.
 *
 * @throws the reason of the interrupt; an error where the command cannot be started
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  interrupt.throwIfAborted();
  mkdirSync(path.dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "a" });
  log.write(`$ ${[command, ...args].join(" ")}\n`);
  // A group of its own: Ctrl-C reaches it in the order that we choose, and it ends as a whole.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stop = () => void stopGroup(child, "SIGINT");
  interrupt.addEventListener("abort", stop);
  const tail: string[] = [];
  const keep = (line: string) => {
    log.write(`${line}\n`);
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (options.isSecret !== true) keep(line);
    options.onLine?.(line);
  });
  createInterface({ input: child.stderr }).on("line", keep);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    interrupt.throwIfAborted();
    return { code: code ?? -1, tail };
  } finally {
    interrupt.removeEventListener("abort", stop);
    // Whoever is told of the log finds all of it there.
    await new Promise<void>((resolve) => log.end(resolve));
  }
}

/**
 * Asks a process that leads a group to end, and ends the whole group where it does not in time.
 *
 * @param child started with `detached`
 * @param signal how it is asked
 */
export async function stopGroup(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined) return;
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => killGroup(child), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
  // Whatever it left behind.
  killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

/**
 * @param pid a process id
 * @returns whether such a process lives
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}
