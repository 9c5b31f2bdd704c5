/**
 * `npm run bench:validator`: how fast the validator checks every record of generated files, how much memory that takes whatever
 * their size, and how soon the deployed function is at work. `--help` says more.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { build } from "esbuild";
import { wholeNumber } from "../cli/lib/options";
import { type Column, count, table } from "../cli/lib/table";
import { type Block, makeBlocks } from "./validator/data";
import { bundleSize, type ColdStart, coldStarts } from "./validator/start";
import type { Effort, Task, Work } from "./validator/work";

const MB = 1_000_000;

/** What is promised. */
const TARGETS = Object.freeze({
  /** MB of transactions as CSV, or of JSON lines, in a second of processor time, at least, where `csv-parse` reads the reference. */
  mbPerCpuSecond: 60,
  /** MB of transactions that `csv-parse` reads in a second of processor time on the machine that the target was set on. */
  reference: 28,
  /** What the target is about. */
  data: ["transactions csv", "clickstream jsonl", "products jsonl"],
  /** Bytes of memory, whatever the size of the file. */
  peak: 256 * MB,
});

interface Options {
  readonly sizes: readonly number[];
  readonly mb: number;
  readonly rounds: number;
  readonly seed: number;
  readonly json?: string;
}

/** One task on one file, and what it took. */
interface Result extends Effort {
  readonly task: Task;
  readonly data: string;
  readonly bytes: number;
}

const mbPerCpuSecond = ({ bytes, cpu }: Result) => bytes / MB / cpu;
const mbPerSecond = ({ bytes, seconds }: Result) => bytes / MB / seconds;

function sizeList(text: string): number[] {
  return text.split(",").map((size) => {
    const mb = Number(size);
    if (!Number.isInteger(mb) || mb < 1 || mb > 10_000) {
      throw new InvalidArgumentError("They are whole numbers of MB from 1 to 10000, separated by commas.");
    }
    return mb;
  });
}

function parseOptions(): Options {
  return new Command("npm run bench:validator --")
    .description(
      "Measures the validator on generated files: every record checked, MD5 computed. Each measurement has a process of its own. " +
        "Compare by the processor's seconds where other programs are at work.",
    )
    .option("--mb <count>", "MB of a file whose speed is measured", wholeNumber(1, 10_000), 300)
    .option("--rounds <count>", "how often each speed is measured: the median counts", wholeNumber(1, 99), 3)
    .option("--sizes <list>", "MB of the files whose memory is measured", sizeList, [10, 1_000, 4_000])
    .option("--seed <number>", "another seed makes other data", wholeNumber(0, 1_000_000), 1)
    .option("--json <file>", "also write the figures here")
    .parse()
    .opts<Options>();
}

const began = performance.now();

function say(message: string): void {
  console.error(`[${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s] ${message}`);
}

/** The measured code as one file, minified as the deployed function is. */
async function bundleWork(folder: string): Promise<string> {
  const outfile = path.join(folder, "work.cjs");
  await build({
    entryPoints: [path.join(__dirname, "validator", "work.ts")],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "error",
  });
  return outfile;
}

async function measure(script: string, task: Task, block: Block, mb: number): Promise<Result> {
  const repeat = Math.max(1, Math.round((mb * MB) / block.bytes));
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const work: Work = { task, block, repeat };
  child.stdin.end(JSON.stringify(work));
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${task} on ${block.name} ended with code ${code}.`);
  const effort: Effort = JSON.parse(answer);
  if (effort.rows !== 0 && effort.rows !== repeat * block.rows) {
    throw new Error(`${task} found ${effort.rows} records in ${block.name}; there are ${repeat * block.rows}.`);
  }
  return { ...effort, task, data: block.name, bytes: repeat * block.bytes };
}

/** The validator and its peers, in turn, so that a busy minute of the machine is everybody's. */
async function measureSpeed(script: string, blocks: readonly Block[], { mb, rounds }: Options): Promise<Result[]> {
  const results: Result[] = [];
  for (const block of blocks) {
    const peers: readonly Task[] =
      block.compression === "gzip" ? [] : block.format === "csv" ? ["csv-parse", "papaparse"] : ["JSON.parse"];
    const tasks: readonly Task[] = ["validator", ...peers, ...(block === blocks[0] ? (["MD5"] as const) : [])];
    const found = new Map<Task, Result[]>(tasks.map((task) => [task, []]));
    for (let round = 1; round <= rounds; round++) {
      say(`speed: ${block.name}, round ${round} of ${rounds}: ${tasks.join(", ")}`);
      for (const task of tasks) found.get(task)?.push(await measure(script, task, block, mb));
    }
    results.push(...[...found.values()].map(median));
  }
  return results;
}

function median(results: readonly Result[]): Result {
  const sorted = [...results].sort((a, b) => a.cpu - b.cpu);
  const middle = sorted[(sorted.length - 1) >> 1];
  if (middle === undefined) throw new Error("Nothing was measured.");
  return middle;
}

const right = (title: string): Column => ({ title, align: "right" });

function speedTable(results: readonly Result[]): string[] {
  const columns = [
    { title: "data" },
    { title: "what" },
    ...["MB", "MB/s", "MB/CPU s", "CPU s", "records", "of it"].map(right),
  ];
  const rows = results.map((result) => {
    const validator = results.find(({ task, data }) => task === "validator" && data === result.data);
    const share = validator === undefined ? Number.NaN : mbPerCpuSecond(validator) / mbPerCpuSecond(result);
    return [
      result.data,
      result.task,
      (result.bytes / MB).toFixed(0),
      mbPerSecond(result).toFixed(1),
      mbPerCpuSecond(result).toFixed(1),
      result.cpu.toFixed(2),
      result.rows === 0 ? "" : count(result.rows),
      result.task === "validator" ? "" : `${share.toFixed(2)}x`,
    ];
  });
  return [...table(columns, rows), '  "of it": how many times as fast the validator is, by processor seconds'];
}

function memoryTable(results: readonly Result[]): string[] {
  const columns = [{ title: "data" }, ...["MB", "MB/s", "CPU s", "peak MB"].map(right)];
  const rows = results.map((result) => [
    result.data,
    (result.bytes / MB).toFixed(0),
    mbPerSecond(result).toFixed(1),
    result.cpu.toFixed(1),
    (result.peak / MB).toFixed(0),
  ]);
  return table(columns, rows);
}

function startLines(bundle: ReturnType<typeof bundleSize>, starts: readonly ColdStart[]): string[] {
  const middle = (of: (start: ColdStart) => number) => {
    const sorted = starts.map(of).sort((a, b) => a - b);
    return `${(sorted[sorted.length >> 1] ?? Number.NaN).toFixed(0)} ms`;
  };
  return [
    `  bundle: ${count(bundle.bytes)} bytes minified with the AWS SDK, ${count(bundle.zipped)} as stored`,
    `  cold process: code loaded after ${middle(({ loaded }) => loaded)}, first byte of a file there after ${middle(({ firstByte }) => firstByte)}, ` +
      `verdict on a file of one record after ${middle(({ verdict }) => verdict)} (median of ${starts.length}; S3 and DynamoDB answer at once)`,
  ];
}

/** The target on this machine: as much slower or faster as `csv-parse` is here than where it was set. */
function speedTarget(speed: readonly Result[]): number {
  const peer = speed.find(({ task, data }) => task === "csv-parse" && data === "transactions csv");
  if (peer === undefined) throw new Error("csv-parse was not measured on transactions");
  return (TARGETS.mbPerCpuSecond * mbPerCpuSecond(peer)) / TARGETS.reference;
}

/** What was promised and is not so. */
function missed(speed: readonly Result[], memory: readonly Result[]): string[] {
  const target = speedTarget(speed);
  const slow = speed.filter(
    (one) => one.task === "validator" && TARGETS.data.includes(one.data) && mbPerCpuSecond(one) < target,
  );
  const large = memory.filter(({ peak }) => peak >= TARGETS.peak);
  return [
    ...slow.map((one) => `${one.data}: ${mbPerCpuSecond(one).toFixed(1)} MB/CPU s, target ${target.toFixed(1)}`),
    ...large.map((one) => `${one.data}, ${one.bytes / MB} MB: peak ${one.peak / MB} MB, target ${TARGETS.peak / MB}`),
  ];
}

const tell = (lines: readonly string[]) => console.log(`\n${lines.join("\n")}`);

async function main(): Promise<void> {
  const options = parseOptions();
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-bench-"));
  try {
    say("generating data");
    const blocks = makeBlocks(path.join(folder, "data"), options.seed);
    const script = await bundleWork(folder);
    // What is known is told at once: a long measurement may be cut off.
    say("cold starts of the deployed function");
    const bundle = bundleSize();
    const starts = await coldStarts(folder, options.rounds * 3);
    tell(startLines(bundle, starts));
    const speed = await measureSpeed(script, blocks, options);
    tell(speedTable(speed));
    const memory: Result[] = [];
    for (const block of blocks.filter(({ dataset }) => dataset === "transactions" || dataset === "clickstream")) {
      for (const mb of options.sizes) {
        say(`memory: ${block.name}, ${count(mb)} MB`);
        memory.push(await measure(script, "validator", block, mb));
      }
    }
    tell(memoryTable(memory));
    const failed = missed(speed, memory);
    tell([
      `  Target on this machine: ${speedTarget(speed).toFixed(1)} MB/CPU s, ${TARGETS.mbPerCpuSecond} where csv-parse reads ${TARGETS.reference}`,
    ]);
    tell([failed.length === 0 ? "  All targets are met." : `  Targets missed:\n  - ${failed.join("\n  - ")}`]);
    if (options.json !== undefined) {
      const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
      const document = {
        version: 1,
        machine,
        targets: TARGETS,
        speed,
        memory,
        bundle,
        coldStarts: starts,
        missed: failed,
      };
      writeFileSync(options.json, `${JSON.stringify(document, undefined, 2)}\n`);
    }
    process.exitCode = failed.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
