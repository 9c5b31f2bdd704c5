import { execFile } from "node:child_process";
import path from "node:path";
import { EXIT } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import { ROOT, VENV_BIN } from "../lib/paths";
import { duration, table } from "../lib/table";

const NODE_BIN = path.join(ROOT, "node_modules", ".bin");

/** Everything that judges the sources without running them. */
const CHECKS = [
  { title: "Biome", command: path.join(NODE_BIN, "biome"), args: ["ci", "--colors=off", "."] },
  { title: "TypeScript", command: path.join(NODE_BIN, "tsc"), args: ["--noEmit"] },
  { title: "Reference", command: process.execPath, args: ["--import", "tsx", "cli/reference/main.ts", "--check"] },
  { title: "Contracts", command: process.execPath, args: ["--import", "tsx", "cli/check-contracts.ts"] },
  { title: "ruff check", command: path.join(VENV_BIN, "ruff"), args: ["check", "."] },
  { title: "ruff format", command: path.join(VENV_BIN, "ruff"), args: ["format", "--check", "."] },
  { title: "mypy", command: path.join(VENV_BIN, "mypy"), args: [] },
] as const;

/** Output of a linter with many findings, in bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

interface CheckResult {
  readonly title: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

function execute({ title, command, args }: (typeof CHECKS)[number]): Promise<CheckResult> {
  const began = performance.now();
  return new Promise((resolve) => {
    execFile(command, args, { cwd: ROOT, maxBuffer: MAX_OUTPUT, signal: interrupt }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}` || (error?.message ?? "");
      resolve({ title, passed: error === null, seconds: (performance.now() - began) / 1000, output });
    });
  });
}

/**
 * `npm run check`: formatters, linters and type checks, as CI runs them.
 *
 * @returns the exit code
 */
export async function check(): Promise<number> {
  const results: CheckResult[] = [];
  for (const one of CHECKS) {
    const result = await execute(one);
    interrupt.throwIfAborted();
    if (!result.passed) console.log(`── ${result.title}\n${result.output.trimEnd()}\n`);
    results.push(result);
  }
  const rows = results.map(({ title, passed, seconds }) => [title, passed ? "passed" : "FAILED", duration(seconds)]);
  console.log(table([{ title: "check" }, { title: "result" }, { title: "time", align: "right" }], rows).join("\n"));
  const failed = results.some(({ passed }) => !passed);
  if (failed) console.log("\n  `npm run format` mends what can be mended by itself.");
  return failed ? EXIT.failed : EXIT.ok;
}
