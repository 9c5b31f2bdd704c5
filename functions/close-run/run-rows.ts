import { contracts, DATASETS, type Dataset } from "../../contracts";
import { NO_ROWS } from "../lib/job-report";
import { isGood, type RunFacts, secondsOf } from "../summarize-run/summary";
import type { Account } from "./account";

/** Rows of the tables `pipeline_runs`, `pipeline_run_datasets` and `pipeline_run_steps`, by the names of their contracts, as JSON lines. */
export interface RunRows {
  readonly pipeline_runs: string;
  readonly pipeline_run_datasets: string;
  readonly pipeline_run_steps: string;
}

/**
 * What a run that is over adds to the tables of all runs.
 *
 * @param codeVersion of the deployed code.
 */
export function runRows(facts: RunFacts, account: Account, codeVersion: string): RunRows {
  const { run, trigger, status, processingTime, endedAt, failure, quality } = facts;
  return {
    pipeline_runs: lines([
      {
        run,
        started_by: trigger,
        state: status,
        started_at: timestamp(processingTime),
        ended_at: timestamp(endedAt),
        seconds: secondsOf(facts),
        failed_step: failure?.step ?? null,
        error: failure?.error ?? null,
        quality: quality?.verdict ?? null,
        transitions: account.transitions,
        crawls: account.crawls,
        dpu_seconds: account.dpuSeconds,
        bytes_scanned: account.bytesScanned,
        cost_usd: account.cost.total,
        code: codeVersion,
      },
    ]),
    pipeline_run_datasets: lines(DATASETS.map((dataset) => datasetRow(dataset, facts))),
    pipeline_run_steps: lines(
      account.steps.map(({ step, state, attempts, startedAt, endedAt: ended, seconds }) => ({
        run,
        step,
        state,
        attempts,
        started_at: timestamp(startedAt),
        ended_at: timestamp(ended),
        seconds,
      })),
    ),
  };
}

/** Whether a dataset's files of the date are in the published tables since the run. */
export function isPublished(dataset: Dataset, { status, files, failures }: RunFacts): boolean {
  return isGood(status) && files[dataset].accepted > 0 && !failures.some((failure) => failure.dataset === dataset);
}

function datasetRow(dataset: Dataset, facts: RunFacts) {
  const { accepted, duplicate, rejected } = facts.files[dataset];
  const rows = facts.rows[dataset] ?? NO_ROWS;
  return {
    run: facts.run,
    dataset,
    published: isPublished(dataset, facts) ? "yes" : "no",
    error: facts.failures.find((failure) => failure.dataset === dataset)?.error ?? null,
    files_accepted: accepted,
    files_duplicate: duplicate,
    files_rejected: rejected,
    rows_in: rows.in,
    rows_out: rows.out,
    rows_quarantined: rows.quarantined,
    rows_duplicates: rows.duplicates,
    contract_version: contracts[dataset]["x-version"],
  };
}

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

/** As Hive writes times: the SerDe takes no others without being told. */
const timestamp = (time: string) => new Date(time).toISOString().replace("T", " ").replace("Z", "");
