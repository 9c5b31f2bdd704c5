import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EXIT } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import { ROOT, VENV_BIN } from "../lib/paths";
import { closingLine, outcome, readJestReport, readJunitReport, sum, type TestCounts } from "../lib/test-report";

/** What to run of the tests. */
export interface TestOptions {
  readonly only?: "ts" | "py" | undefined;
  /** A part of a path, or for Python also of a test's name. */
  readonly pattern?: string | undefined;
}

/** One call of a test runner. */
interface Runner {
  readonly title: string;
  readonly language: "ts" | "py";
  readonly command: string;
  readonly args: readonly string[];
  /** The file that it reports to. */
  readonly report: string;
  readonly read: (text: string) => TestCounts;
  /** Exit codes that only say that the pattern matched nothing. */
  readonly emptyCodes: readonly number[];
}

/**
 * Spark and the local AWS mostly wait for one thread: two files at a time keep two cores busy. Tests of a file stay together, for they share
 * what is slow to start.
 */
const SIDE_BY_SIDE = ["--numprocesses", "2", "--dist", "loadfile"];

/** pytest's exit code where it collected no test. @see https://docs.pytest.org/en/stable/reference/exit-codes.html */
const PYTEST_COLLECTED_NOTHING = 5;

const END_TO_END = "__tests__/e2e/";

/** The runners, fast ones first: what is cheap to know is known early. */
function runners({ only, pattern }: TestOptions, folder: string): Runner[] {
  const jest = (title: string, name: string, args: readonly string[]): Runner => {
    const report = path.join(folder, `${name}.json`);
    return {
      title,
      language: "ts",
      command: process.execPath,
      args: [
        path.join(ROOT, "node_modules", "jest", "bin", "jest.js"),
        "--json",
        `--outputFile=${report}`,
        "--passWithNoTests",
        ...args,
        ...(pattern === undefined ? [] : ["--testPathPatterns", pattern]),
      ],
      report,
      read: readJestReport,
      emptyCodes: [],
    };
  };
  const junit = path.join(folder, "pytest.xml");
  const selection = pattern === undefined ? [] : existsSync(path.resolve(ROOT, pattern)) ? [pattern] : ["-k", pattern];
  const all: Runner[] = [
    jest("TypeScript", "jest", ["--testPathIgnorePatterns", END_TO_END, "/node_modules/"]),
    {
      title: "Python",
      language: "py",
      command: path.join(VENV_BIN, "python"),
      args: ["-m", "pytest", `--junitxml=${junit}`, ...(pattern === undefined ? SIDE_BY_SIDE : []), ...selection],
      report: junit,
      read: readJunitReport,
      emptyCodes: pattern === undefined ? [] : [PYTEST_COLLECTED_NOTHING],
    },
    jest("End to end", "e2e", ["--testMatch", `**/${END_TO_END}**/*.test.ts`, "--runInBand"]),
  ];
  return all.filter(({ language }) => only === undefined || language === only);
}

async function execute(runner: Runner): Promise<TestCounts> {
  console.log(`\n── ${runner.title} ${"─".repeat(60 - runner.title.length)}`);
  const child = spawn(runner.command, runner.args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${VENV_BIN}${path.delimiter}${process.env.PATH ?? ""}` },
    stdio: "inherit",
  });
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

/**
 * `npm test`: every test, TypeScript and Python. The very last line says `N passed, N failed`.
 *
 * @returns the exit code: 0 only where tests were found and none failed
 */
export async function test(options: TestOptions): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-tests-"));
  mkdirSync(folder, { recursive: true });
  try {
    const all: TestCounts[] = [];
    for (const runner of runners(options, folder)) all.push(await execute(runner));
    const total = sum(all);
    const found = total.passed + total.failed > 0;
    console.log("");
    if (total.skipped > 0) console.log(`${total.skipped} skipped`);
    if (!found) console.log(`No test was found${options.pattern === undefined ? "" : ` for "${options.pattern}"`}.`);
    console.log(closingLine(total));
    return found && total.failed === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
