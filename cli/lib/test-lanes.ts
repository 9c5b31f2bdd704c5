import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import path from "node:path";
import { interrupt } from "./interrupt";
import { ROOT, VENV_BIN } from "./paths";
import { outcome, type TestCounts } from "./test-report";

/** One call of a test runner. */
export interface Runner {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The file that it reports to. */
  readonly report: string;
  readonly read: (text: string) => TestCounts;
  /** Exit codes that only say that the pattern matched nothing. */
  readonly emptyCodes: readonly number[];
}

/** Runners of which each begins when the one before it has ended. */
export type Lane = readonly Runner[];

/** How nice a lane without the terminal is to the one that has it: it fills the processor's idle time, and ends at about the same time. */
const NICENESS = 5;

const heading = (title: string) => `\n── ${title} ${"─".repeat(60 - title.length)}`;

/** The terminal, which one runner has at a time. */
class Terminal {
  private free: Promise<unknown> = Promise.resolve();

  /** Does something that nothing else is said during, once whoever asked before has done theirs. */
  during<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.free.then(work);
    this.free = done.catch(() => {});
    return done;
  }
}

/**
 * Runs lanes side by side to their ends. The first has the terminal; what the others say is shown when it ends, as a whole and when nothing
 * else speaks.
 *
 * @param folder receives what the others say
 * @returns what each runner found
 * @throws the reason of an interrupt, once everything has ended
 */
export async function together([first = [], ...others]: readonly Lane[], folder: string): Promise<TestCounts[]> {
  const terminal = new Terminal();
  const speaking = inTurn(first, (runner) =>
    terminal.during(() => {
      console.log(heading(runner.title));
      if (runner === first[0])
        for (const [one] of others) console.log(`(meanwhile, and told of afterwards: ${one?.title})`);
      return execute(runner, "inherit");
    }),
  );
  const held = others.map((lane) =>
    inTurn(lane, async (runner) => {
      const said = path.join(folder, `${path.basename(runner.report)}.out`);
      const output = openSync(said, "w");
      const counts = await execute(runner, output).finally(() => closeSync(output));
      return terminal.during(() => {
        console.log(`${heading(runner.title)}\n${readFileSync(said, "utf8").trimEnd()}`);
        return counts;
      });
    }),
  );
  const ended = await Promise.allSettled([speaking, ...held]);
  interrupt.throwIfAborted();
  return ended.flatMap((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}

async function inTurn(lane: Lane, run: (runner: Runner) => Promise<TestCounts>): Promise<TestCounts[]> {
  const all: TestCounts[] = [];
  for (const runner of lane) all.push(await run(runner));
  return all;
}

/** @param output where what it says goes: to the terminal, or to an open file */
async function execute(runner: Runner, output: "inherit" | number): Promise<TestCounts> {
  const child = spawn(runner.command, runner.args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${VENV_BIN}${path.delimiter}${process.env.PATH ?? ""}` },
    stdio: [output === "inherit" ? "inherit" : "ignore", output, output],
  });
  if (output !== "inherit" && child.pid !== undefined)
    setPriority(child.pid, Math.min(getPriority() + NICENESS, constants.priority.PRIORITY_LOW));
  const stop = () => void child.kill("SIGTERM");
  interrupt.addEventListener("abort", stop);
  const [code] = (await once(child, "close")) as [number | null];
  interrupt.removeEventListener("abort", stop);
  interrupt.throwIfAborted();
  const exitCode = runner.emptyCodes.includes(code ?? -1) ? 0 : (code ?? -1);
  return outcome(exitCode, readReport(runner));
}

function readReport({ report, read, title }: Runner): TestCounts | undefined {
  if (!existsSync(report)) {
    console.error(`${title}: the test runner ended without a report, which counts as a failure.`);
    return undefined;
  }
  return read(readFileSync(report, "utf8"));
}
