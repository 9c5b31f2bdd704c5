import { paginateQuery } from "@aws-sdk/client-dynamodb";
import { DATASETS, type Dataset } from "../../contracts";
import { fromAttributes, type Item, toAttributes } from "../../functions/lib/dynamo";
import { printable } from "../../functions/lib/printable";
import { FILE_STATES, type FileState } from "../lib/file-states";
import { orInterrupted } from "../lib/interrupt";
import { findLake, type Lake } from "../lib/lake";
import { dayOf } from "../lib/newest-date";
import { count, right, table } from "../lib/table";

export interface LedgerOptions {
  readonly env: string;
  /** @default any */
  readonly date?: string | undefined;
  /** @default any */
  readonly state?: FileState | undefined;
  readonly datasets?: readonly Dataset[] | undefined;
  /** Most files. */
  readonly last: number;
  readonly json: boolean;
}

/** Characters of an object's key, and of the reason beside it: what people send may hold anything. */
const MAX_KEY = 1_024;
const MAX_REASON = 2_000;

/** `pipeline ledger`: what became of each file, and why: of a date, of those in a state, the newest first. */
export async function pipelineLedger(options: LedgerOptions): Promise<void> {
  const { env, state, datasets = DATASETS, last, json } = options;
  const lake = await findLake(env);
  const date = options.date === undefined ? undefined : await orInterrupted(dayOf(lake, options.date));
  const found = await orInterrupted(entriesOf(lake, { ...options, date }));
  const wanted = found.filter(
    (entry) => (state === undefined || entry.state === state) && datasets.some((dataset) => dataset === entry.dataset),
  );
  const shown = wanted.slice(0, last);
  if (json) {
    console.log(JSON.stringify(shown, null, 2));
    return;
  }
  if (shown.length === 0) {
    const what = [state, "file", date && `of ${date}`].filter(Boolean).join(" ");
    console.log(`  No ${what} is in the ledger of ${env}.`);
    return;
  }
  console.log(entryLines(shown, date).join("\n"));
  if (wanted.length > shown.length) {
    console.log(`  and ${count(wanted.length - shown.length)} more: --last ${wanted.length}, or --json`);
  }
}

async function entriesOf(lake: Lake, { date, state, datasets = DATASETS }: LedgerOptions): Promise<Item[]> {
  if (date !== undefined) {
    const ofDate = (dataset: Dataset) => entries(lake, "by-dataset-date", "dataset_date", `${dataset}#${date}`);
    return (await Promise.all(datasets.map(ofDate))).flat();
  }
  const states = state === undefined ? FILE_STATES : [state];
  const found = (await Promise.all(states.map((one) => entries(lake, "by-state", "state", one)))).flat();
  const timeOf = ({ updated_at }: Item) => Number(updated_at ?? 0) || Date.parse(String(updated_at));
  return found.sort((a, b) => timeOf(b) - timeOf(a));
}

async function entries({ dynamo, names }: Lake, index: string, key: string, value: string): Promise<Item[]> {
  const pages = paginateQuery(
    { client: dynamo },
    {
      TableName: names.fileLedger,
      IndexName: index,
      KeyConditionExpression: "#key = :value",
      ExpressionAttributeNames: { "#key": key },
      ExpressionAttributeValues: toAttributes({ ":value": value }),
    },
  );
  const items: Item[] = [];
  for await (const { Items = [] } of pages) items.push(...Items.map(fromAttributes));
  return items;
}

/** @returns a line a file; those of one date without its folder */
export function entryLines(entries: readonly Item[], date: string | undefined): string[] {
  const text = (value: Item[string] | undefined) => (value === undefined ? "" : String(value));
  const folder = (entry: Item) => `raw/${text(entry.dataset)}/${date === undefined ? "" : `date=${date}/`}`;
  const rows = entries.map((entry) => [
    ...[entry.dataset, entry.state, entry.rows, entry.bad_rows].map(text),
    printable(text(entry.key).replace(folder(entry), ""), MAX_KEY),
    printable(text(entry.reason ?? entry.original), MAX_REASON),
  ]);
  const [dataset, state, file, why] = ["dataset", "state", "file", "why"].map((title) => ({ title }));
  return table(
    [dataset, state, right("rows"), right("bad"), file, why].filter((one) => one !== undefined),
    rows,
  );
}
