import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DATASETS, type Dataset } from "../../contracts";
import { LakeObjects } from "../../functions/lib/lake-objects";
import { runKey } from "../../functions/lib/lake-paths";
import { byDataset } from "../../functions/lib/manifest";
import { SHOWN_STEPS, secondsOf } from "../../functions/lib/steps";
import type { RunFacts } from "../../functions/summarize-run/summary";
import type { BatchProgress, Execution } from "./batch";
import { type KpiValue, kpisOf } from "./kpis";
import type { Lake } from "./lake";
import { count, right, table } from "./table";

/** What `--summary FILE` writes. Later versions may add to it, but change nothing. */
export interface Summary {
  readonly status: string;
  readonly date: string;
  readonly executionArn: string;
  readonly files: RunFacts["files"];
  readonly rows: RunFacts["rows"];
  /** Key figures of the newest day of the batch; empty where it failed or brought nothing. */
  readonly kpis: readonly Readonly<Record<string, KpiValue>>[];
  /** Datasets that failed alone, where the run is PARTIAL. */
  readonly failures: readonly DatasetFailure[];
  /** Seconds that each step took that was reached. */
  readonly durations: Readonly<Record<string, number>>;
}

/** A summary, and what people want to know besides. */
export interface BatchResult {
  readonly summary: Summary;
  readonly excluded: RunFacts["excluded"];
  readonly quality: RunFacts["quality"] | undefined;
  readonly failure: { readonly step: string; readonly error: string; readonly cause: string } | undefined;
}

/** A dataset that failed alone. */
type DatasetFailure = RunFacts["failures"][number];

/**
 * Gathers what became of a batch that is over, from what the run itself wrote.
 *
 * @param progress how it ended
 */
export async function summarize(lake: Lake, execution: Execution, progress: BatchProgress): Promise<BatchResult> {
  const objects = new LakeObjects(lake.names.bucket, lake.s3);
  // Written by the function summarize-run, whose type it is; a run that never got so far has none.
  const facts = (await objects.readJson(runKey(execution, "summary.json"))) as RunFacts | undefined;
  const none = { accepted: 0, duplicate: 0, rejected: 0 };
  const succeeded = progress.status === "SUCCEEDED" || progress.status === "PARTIAL";
  const files = facts?.files ?? byDataset((dataset) => pick(progress.files?.[dataset] ?? none));
  const rows = facts?.rows ?? byDataset((dataset) => progress.rows[dataset] ?? NO_ROWS);
  const brought = DATASETS.some((dataset) => rows[dataset].out > 0);
  return {
    summary: {
      status: progress.status,
      date: execution.date,
      executionArn: execution.arn,
      files,
      rows,
      kpis: succeeded && brought ? await kpisOf(lake, execution.date) : [],
      failures: facts?.failures ?? [],
      durations: durationsOf(progress),
    },
    excluded: facts?.excluded ?? [],
    quality: facts?.quality,
    failure: succeeded ? undefined : failureOf(progress, facts),
  };
}

const NO_ROWS = { in: 0, out: 0, quarantined: 0, duplicates: 0 };

const pick = ({ accepted, duplicate, rejected }: RunFacts["files"][Dataset]) => ({ accepted, duplicate, rejected });

function durationsOf({ steps }: BatchProgress): Record<string, number> {
  const reached = steps.filter(({ step, startedAt }) => SHOWN_STEPS.includes(step) && startedAt !== undefined);
  return Object.fromEntries(
    reached.map((view) => [view.step, Math.round(secondsOf(view, view.endedAt ?? new Date()) * 1000) / 1000]),
  );
}

function failureOf({ steps, failure, status }: BatchProgress, facts: RunFacts | undefined): BatchResult["failure"] {
  if (facts?.failure) return facts.failure;
  const failed = steps.find(({ state }) => state === "failed")?.step ?? "unknown";
  return { step: failed, error: failure?.error ?? status, cause: failure?.cause ?? "" };
}

/** Writes the summary as JSON. */
export function writeSummary(file: string, summary: Summary): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
}

/** The gravest in words, the others by their names. */
function findings({ worst, failed }: NonNullable<RunFacts["quality"]>): string[] {
  return [...worst, ...failed.slice(worst.length)];
}

/** @returns the summary as tables for people */
export function summaryLines({ summary, excluded, quality, failure }: BatchResult): string[] {
  const { files, rows, kpis, status, date, failures } = summary;
  const fileRows = DATASETS.map((dataset) => {
    const { accepted, duplicate, rejected } = files[dataset];
    return [dataset, ...[accepted, duplicate, rejected].map(count)];
  });
  const rowRows = DATASETS.map((dataset) => {
    const { in: read, out, quarantined, duplicates } = rows[dataset];
    return [dataset, ...[read, out, quarantined, duplicates].map(count)];
  });
  const nothing = DATASETS.every((dataset) => Object.values(files[dataset]).every((number) => number === 0));
  return [
    `Batch of ${date}: ${status}`,
    ...(failure ? ["", ...failureLines(failure)] : []),
    ...failures.flatMap(({ dataset, ...one }) => ["", ...failureLines(one, dataset)]),
    ...(nothing && !failure
      ? ["", `  There is no file for ${date}: nothing was done, and the tables stay as they are.`]
      : []),
    "",
    ...table([{ title: "files" }, right("accepted"), right("duplicate"), right("rejected")], fileRows),
    "",
    ...table([{ title: "rows" }, right("in"), right("out"), right("quarantined"), right("duplicates")], rowRows),
    ...excludedLines(excluded),
    ...(quality
      ? ["", `  Data quality: ${quality.verdict}`, ...findings(quality).map((finding) => `    ${finding}`)]
      : []),
    ...kpiLines(kpis),
  ];
}

/** @returns where and why a batch failed, or one dataset of it */
export function failureLines({ step, error, cause }: NonNullable<BatchResult["failure"]>, dataset?: string): string[] {
  return [
    `  ${dataset === undefined ? "Failed" : `${dataset} failed`} at ${step}: ${error}`,
    ...cause.split("\n").map((line) => `    ${line}`),
  ];
}

function excludedLines(excluded: BatchResult["excluded"]): string[] {
  if (excluded.length === 0) return [];
  return [
    "",
    "  Files left out",
    ...excluded.flatMap(({ key, state, reason }) => [`  ${state.padEnd(9)}  ${key}`, `             ${reason}`]),
  ];
}

function kpiLines(kpis: Summary["kpis"]): string[] {
  return kpis.flatMap((row) => {
    const figures = Object.entries(row).filter(([name]) => name !== "date");
    const cells = figures.map(([, value]) => (typeof value === "number" ? count(value) : (value ?? "–")));
    const title = `  Key figures of ${row.date}, the newest day of the batch (query daily_kpis)`;
    return [
      "",
      title,
      ...table(
        figures.map(([name]) => right(name.replaceAll("_", " "))),
        [cells],
      ),
    ];
  });
}
