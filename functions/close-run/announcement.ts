import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { DATASETS, type Dataset } from "../../contracts";
import type { RowCounts } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import { printable } from "../lib/printable";
import { triggerOf } from "../lib/run-date";
import {
  type DatasetFailure,
  type FileSummary,
  isGood,
  type RunFacts,
  type RunFailure,
  type RunStatus,
} from "../summarize-run/summary";
import { isPublished } from "./run-rows";

/** Detail of the event that a run has ended, as contracts/events/run-ended.json says. */
export interface RunEnded {
  readonly version: 1;
  readonly environment: string;
  readonly run: string;
  readonly date: string | null;
  readonly trigger: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly seconds: number;
  readonly published: readonly Dataset[];
  readonly files: Readonly<Partial<Record<Dataset, FileSummary>>>;
  readonly rows: Readonly<Partial<Record<Dataset, RowCounts>>>;
  readonly quality: { readonly verdict: string; readonly report: string } | null;
  readonly failure: RunFailure | null;
  readonly failures: readonly DatasetFailure[];
  readonly summary: string | null;
}

/** An event for the lake's bus. */
export interface Announcement {
  readonly detailType: "RunSucceeded" | "RunPartial" | "RunFailed";
  readonly detail: RunEnded;
}

/** What is known of a run that is over. */
export interface EndedRun {
  readonly run: string;
  readonly date: string | undefined;
  readonly status: RunStatus;
  readonly execution: DescribeExecutionOutput;
  /** Undefined for a run that was refused before it began: nobody summed it up. */
  readonly facts: RunFacts | undefined;
}

const MAX_CAUSE = 1_000;

/** Reads what `summarize-run` wrote of a run. @returns undefined where it wrote nothing */
export async function readFacts(
  objects: LakeObjects,
  run: { readonly run: string; readonly date: string },
): Promise<RunFacts | undefined> {
  // Written by summarize-run of this very deployment.
  return (await objects.readJson(runKey(run, "summary.json"))) as RunFacts | undefined;
}

/**
 * Words the event that a run has ended, for programs.
 *
 * @param environment name of the environment.
 */
export function announcementOf(environment: string, { run, date, status, execution, facts }: EndedRun): Announcement {
  const started = facts?.processingTime ?? execution.startDate?.toISOString() ?? new Date(0).toISOString();
  const ended = execution.stopDate?.toISOString() ?? facts?.endedAt ?? started;
  const good = isGood(status);
  const failures = facts?.failures ?? [];
  return {
    detailType: status === "SUCCEEDED" ? "RunSucceeded" : status === "PARTIAL" ? "RunPartial" : "RunFailed",
    detail: {
      version: 1,
      environment,
      run,
      date: date ?? null,
      trigger: facts?.trigger ?? triggerOf(execution.input) ?? "unknown",
      status,
      startedAt: started,
      endedAt: ended,
      seconds: Math.max(0, (Date.parse(ended) - Date.parse(started)) / 1000),
      published: facts === undefined ? [] : DATASETS.filter((dataset) => isPublished(dataset, { ...facts, status })),
      files: facts?.files ?? {},
      rows: facts?.rows ?? {},
      quality: facts?.quality === undefined ? null : { verdict: facts.quality.verdict, report: facts.quality.report },
      failure: good ? null : (facts?.failure ?? failureOf(execution)),
      failures: failures.map(({ dataset, step, error, cause }) => ({ dataset, step, error, cause })),
      summary: facts === undefined || date === undefined ? null : runKey({ run, date }, "summary.json"),
    },
  };
}

/** Of a run that never began: a refused one was at the lock, or at its input before that. */
function failureOf({ error = "unknown", cause = "" }: DescribeExecutionOutput): RunFailure {
  return { step: "AcquireLock", error, cause: printable(cause, MAX_CAUSE) };
}
