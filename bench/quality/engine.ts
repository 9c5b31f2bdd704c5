import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Dataset } from "../../contracts";
import type { QueryResult } from "../../functions/lib/athena";
import type { RowCounts } from "../../functions/lib/job-report";
import type { Manifest } from "../../functions/lib/manifest";

const ROOT = path.join(__dirname, "..", "..");

/** What became of the records of a dataset. */
export interface Loaded {
  readonly rows: RowCounts;
  readonly reasons: Readonly<Record<string, number>>;
  /** Values that were missing or off, by column. */
  readonly computed: Readonly<Record<string, number>>;
}

/** The jobs' own reading and judging, and an Athena, in a process of their own (`engine.py`). One question at a time. */
export class Engine {
  private readonly process: ChildProcess;
  private readonly answers: AsyncIterator<string>;
  private turn: Promise<unknown> = Promise.resolve();

  constructor() {
    const python = path.join(ROOT, ".local", "venv", "bin", "python");
    this.process = spawn(python, ["-m", "bench.quality.engine"], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, PYTHONPATH: path.join(ROOT, "jobs") },
    });
    if (this.process.stdout === null) throw new Error("The engine has no output.");
    this.answers = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  /** Puts the rows of a manifest's files, whose keys are paths below a folder, in the place of those of their date. */
  load(dataset: Dataset, root: string, manifest: Manifest): Promise<Loaded> {
    return this.ask({ load: { dataset, root, manifest } });
  }

  /** Answers Athena's SQL. What it costs on Athena is not known here. */
  async query(sql: string): Promise<QueryResult> {
    return { rows: await this.ask({ query: sql }), bytesScanned: 0, milliseconds: 0, reused: false };
  }

  async close(): Promise<void> {
    this.process.stdin?.end();
    if (this.process.exitCode === null) await once(this.process, "exit");
  }

  private ask<T>(question: object): Promise<T> {
    const answer = this.turn.then(async () => {
      this.process.stdin?.write(`${JSON.stringify(question)}\n`);
      const line = await this.answers.next();
      if (line.done) throw new Error("The engine ended: what it said last is above.");
      // engine.py answers each kind of question with what its method gives.
      return JSON.parse(line.value) as T;
    });
    this.turn = answer.catch(() => {});
    return answer;
  }
}
