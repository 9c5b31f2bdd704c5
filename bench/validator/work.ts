/**
 * One measurement in a process of its own: takes {"task", "block", "repeat"} on standard input, answers an `Effort` on standard
 * output. The parent bundles it, so that the code runs as it is deployed and nothing else is loaded.
 */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { text as readText } from "node:stream/consumers";
import { parse } from "csv-parse";
import Papa from "papaparse";
import { validateStream } from "../../functions/lib/validate-stream";
import { type Block, PROCESSING_TIME } from "./data";

/** What is measured: the validator, or how long others take to do a part of it. */
export type Task = "validator" | "csv-parse" | "papaparse" | "JSON.parse" | "MD5";

export interface Work {
  readonly task: Task;
  readonly block: Block;
  /** How often the block is repeated. */
  readonly repeat: number;
}

/** What a measurement took. */
export interface Effort {
  /** Seconds on the clock, and of processor time of all threads. */
  readonly seconds: number;
  readonly cpu: number;
  /** Records found; 0 where the task finds none. */
  readonly rows: number;
  /** Most bytes of memory that the process had, as the system counts them. */
  readonly peak: number;
}

/** The file: its head, then the block again and again, in chunks as they come from a disk or from S3. */
async function* file({ block, repeat }: Work): AsyncGenerator<Buffer, void, undefined> {
  yield readFileSync(block.head);
  for (let index = 0; index < repeat; index++) yield* createReadStream(block.body);
}

const TASKS: Record<Task, (work: Work) => Promise<number>> = {
  async validator(work) {
    const options = { dataset: work.block.dataset, processingTime: new Date(PROCESSING_TIME) };
    const { verdict, reason, rows } = await validateStream(file(work), options);
    if (verdict !== "accepted") throw new Error(`The validator rejects ${work.block.name}: ${reason}`);
    return rows;
  },

  async "csv-parse"(work) {
    let rows = -1;
    const parser = parse({ relax_column_count: true });
    parser.on("data", () => rows++);
    for await (const chunk of file(work)) {
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once("drain", resolve));
    }
    const ended = new Promise((resolve, reject) => parser.once("end", resolve).once("error", reject));
    parser.end();
    await ended;
    return rows;
  },

  papaparse(work) {
    let rows = -1;
    return new Promise((resolve, reject) => {
      Papa.parse<string[]>(Readable.from(file(work), { objectMode: false }), {
        skipEmptyLines: true,
        chunk: ({ data }) => {
          rows += data.length;
        },
        complete: () => resolve(rows),
        error: reject,
      });
    });
  },

  async "JSON.parse"(work) {
    let rows = 0;
    let rest = "";
    for await (const chunk of file(work)) {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        rows++;
        try {
          JSON.parse(line);
        } catch {
          // Some of the generated records are cut off.
        }
      }
    }
    return rows;
  },

  async MD5(work) {
    const hash = createHash("md5");
    for await (const chunk of file(work)) hash.update(chunk);
    hash.digest();
    return 0;
  },
};

/** The high-water mark of this process: `maxRSS` would begin with that of the process which started it. */
function peakMemory(): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

async function main(): Promise<void> {
  const work: Work = JSON.parse(await readText(process.stdin));
  const began = performance.now();
  const before = process.cpuUsage();
  const rows = await TASKS[work.task](work);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  const effort: Effort = { seconds, cpu: (user + system) / 1e6, rows, peak: peakMemory() };
  process.stdout.write(JSON.stringify(effort));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
