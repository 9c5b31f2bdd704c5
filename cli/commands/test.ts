import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EXIT } from "../lib/errors";
import { expectFewRows } from "../lib/few-rows";
import { ROOT, VENV_BIN } from "../lib/paths";
import { type Lane, type Runner, together } from "../lib/test-lanes";
import { closingLine, readJestReport, readJunitReport, sum, type TestCounts } from "../lib/test-report";

/** What to run of the tests. */
export interface TestOptions {
  readonly only?: "ts" | "py" | undefined;
  /** A part of a path, or for Python also of a test's name. */
  readonly pattern?: string | undefined;
}

/** A runner, and what it runs tests of. */
interface Part extends Runner {
  readonly language: "ts" | "py";
}

/**
 * Spark and the local AWS mostly wait for one thread: two files at a time keep two cores busy. Tests of a file stay together, for they share
 * what is slow to start.
 */
const SIDE_BY_SIDE = ["--numprocesses", "2", "--dist", "loadfile"];

/** pytest's exit code where it collected no test. @see https://docs.pytest.org/en/stable/reference/exit-codes.html */
const PYTEST_COLLECTED_NOTHING = 5;

const END_TO_END = "__tests__/e2e/";

const TESTS = path.join(ROOT, "__tests__");

/** What a test file says that applies stacks, or plays a machine, on a local AWS of its own. */
const OWN_LOCAL_AWS = "LocalAws.start(";

/** Test files, from the project's folder, that have a local AWS of their own: minutes long, much of it waiting for what AWS is slow to do. */
function onLocalAws(): string[] {
  return readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && readFileSync(path.join(TESTS, file), "utf8").includes(OWN_LOCAL_AWS))
    .map((file) => path.posix.join("__tests__", ...file.split(path.sep)));
}

/** The runners in stages, fast ones first: what is cheap to know is known early. Where one waits much, another runs beside it. */
function stages({ only, pattern }: TestOptions, folder: string): (readonly Lane[])[] {
  const jest = (title: string, name: string, args: readonly string[]): Part => {
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
  const python: Part = {
    title: "Python",
    language: "py",
    command: path.join(VENV_BIN, "python"),
    args: ["-m", "pytest", `--junitxml=${junit}`, ...(pattern === undefined ? SIDE_BY_SIDE : []), ...selection],
    report: junit,
    read: readJunitReport,
    emptyCodes: pattern === undefined ? [] : [PYTEST_COLLECTED_NOTHING],
  };
  const endToEnd = jest("End to end", "e2e", ["--testMatch", `**/${END_TO_END}**/*.test.ts`, "--runInBand"]);
  const slow = pattern === undefined ? onLocalAws() : [];
  const typeScript = jest("TypeScript", "jest", ["--testPathIgnorePatterns", END_TO_END, "/node_modules/", ...slow]);
  const local = jest("TypeScript, on a local AWS", "local", ["--runTestsByPath", ...slow]);
  const all = [[[typeScript]], [[python, endToEnd], slow.length > 0 ? [local] : []]];
  const wanted = ({ language }: Part) => only === undefined || language === only;
  return all.map((lanes) => lanes.map((lane) => lane.filter(wanted)).filter((lane) => lane.length > 0));
}

/**
 * `npm test`: every test, TypeScript and Python. The very last line says `N passed, N failed`.
 *
 * @returns the exit code: 0 only where tests were found and none failed
 */
export async function test(options: TestOptions): Promise<number> {
  expectFewRows();
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-tests-"));
  try {
    const all: TestCounts[] = [];
    for (const lanes of stages(options, folder)) all.push(...(await together(lanes, folder)));
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
