import type { Dataset, HistoryTable } from "../../contracts";
import type { RunContext } from "./event";

/** Where the files of a dataset's batch date arrive, as docs/architecture.md ("The bucket") says. */
export function rawPrefix(dataset: Dataset, date: string): string {
  return `raw/${dataset}/date=${date}/`;
}

/** Key of a file that a run keeps, such as `manifest.json` or `jobs/transaction_etl.json`. */
export function runKey({ run, date }: Pick<RunContext, "run" | "date">, name: string): string {
  return `runs/date=${date}/run=${run}/${name}`;
}

/** The Glue job that processes a dataset, by the name of its report. */
export const JOB_OF: Readonly<Record<Dataset, string>> = {
  transactions: "transaction_etl",
  products: "product_enrichment",
  clickstream: "clickstream_aggregation",
  reviews: "review_etl",
};

/** Key of what a run adds to a table of what runs leave behind: JSON lines, a file a run. */
export function historyKey(table: HistoryTable, { run, date }: Pick<RunContext, "run" | "date">): string {
  return `curated/${table}/batch_date=${date}/${run}.json`;
}
