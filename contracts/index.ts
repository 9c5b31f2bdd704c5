import curatedClickstream from "./curated/clickstream.json";
import curatedCustomers from "./curated/customers.json";
import curatedFunnelDaily from "./curated/funnel_daily.json";
import curatedFunnelHourly from "./curated/funnel_hourly.json";
import curatedProducts from "./curated/products.json";
import curatedReviews from "./curated/reviews.json";
import curatedSessions from "./curated/sessions.json";
import curatedTransactions from "./curated/transactions.json";
import clickstream from "./datasets/clickstream.json";
import products from "./datasets/products.json";
import reviews from "./datasets/reviews.json";
import transactions from "./datasets/transactions.json";
import dataQualityChecks from "./history/data_quality_checks.json";
import pipelineRunDatasets from "./history/pipeline_run_datasets.json";
import pipelineRunSteps from "./history/pipeline_run_steps.json";
import pipelineRuns from "./history/pipeline_runs.json";
import processedColumnsOfAll from "./processed.json";
import type {
  Column,
  ColumnOrRef,
  ColumnSchema,
  CuratedContract,
  DatasetContract,
  HistoryContract,
  ProcessedContract,
} from "./types";

export type * from "./types";

/** The datasets that arrive, in the order in which people name them. */
export const DATASETS = ["transactions", "products", "clickstream", "reviews"] as const;
export type Dataset = (typeof DATASETS)[number];

/** The tables of the curated zone. */
export const CURATED_TABLES = [
  "transactions",
  "products",
  "clickstream",
  "sessions",
  "funnel_daily",
  "funnel_hourly",
  "reviews",
  "customers",
] as const;
export type CuratedTable = (typeof CURATED_TABLES)[number];

/** The tables of what runs leave behind, beside the curated ones. */
export const HISTORY_TABLES = [
  "data_quality_checks",
  "pipeline_runs",
  "pipeline_run_datasets",
  "pipeline_run_steps",
] as const;
export type HistoryTable = (typeof HISTORY_TABLES)[number];

// TypeScript widens the literals of imported JSON ("csv" becomes string), so no contract is assignable to its type as it
// is. contract.schema.json says the same as the types, and a test checks every contract against it.

/** The contract of each dataset. */
export const contracts = { transactions, products, clickstream, reviews } satisfies Record<
  Dataset,
  unknown
> as unknown as Readonly<Record<Dataset, DatasetContract>>;

/** The columns that every processed table ends with. */
export const processed = processedColumnsOfAll as unknown as ProcessedContract;

/** The contract of each curated table. */
export const curated = {
  transactions: curatedTransactions,
  products: curatedProducts,
  clickstream: curatedClickstream,
  sessions: curatedSessions,
  funnel_daily: curatedFunnelDaily,
  funnel_hourly: curatedFunnelHourly,
  reviews: curatedReviews,
  customers: curatedCustomers,
} satisfies Record<CuratedTable, unknown> as unknown as Readonly<Record<CuratedTable, CuratedContract>>;

/** The contract of each table of what runs leave behind. */
export const history = {
  data_quality_checks: dataQualityChecks,
  pipeline_runs: pipelineRuns,
  pipeline_run_datasets: pipelineRunDatasets,
  pipeline_run_steps: pipelineRunSteps,
} satisfies Record<HistoryTable, unknown> as unknown as Readonly<Record<HistoryTable, HistoryContract>>;

/** Whether a name, from wherever it comes, is that of a dataset. */
export function isDataset(name: unknown): name is Dataset {
  return (DATASETS as readonly unknown[]).includes(name);
}

/** Whether a name is that of a curated table. */
export function isCuratedTable(name: unknown): name is CuratedTable {
  return (CURATED_TABLES as readonly unknown[]).includes(name);
}

/**
 * Follows a reference of one contract to a column of another.
 *
 * @param ref `$id#/pointer`, such as `contract:datasets/reviews#/properties/rating`.
 * @returns the column, its own references followed too.
 * @throws Error where the contract or the place in it does not exist, or where references go round in a circle.
 */
export function resolve(ref: string): ColumnSchema {
  return follow(ref, []);
}

/**
 * The columns of a dataset's processed table, in the table's order: the dataset's, those its job derives, those that every
 * processed table ends with (the date parts only where there is an event time).
 *
 * @example
 * processedColumns("reviews").map((column) => `${column.name} ${column.type}`); // ["review_id string", …]
 */
export function processedColumns(dataset: Dataset): Column[] {
  const contract = contracts[dataset];
  const common = Object.entries(processed.properties).filter(
    ([, schema]) => schema["x-part-of"] !== "event-time" || contract["x-event-time"] !== null,
  );
  return [...Object.entries(contract.properties), ...Object.entries(contract["x-processed"].properties), ...common].map(
    ([name, schema]) => toColumn(name, schema),
  );
}

/** The columns of a curated table, in the table's order, references resolved. */
export function curatedColumns(table: CuratedTable): Column[] {
  return Object.entries(curated[table].properties).map(([name, schema]) =>
    toColumn(name, "$ref" in schema ? resolve(schema.$ref) : schema),
  );
}

/** The columns of a table of what runs leave behind, in the table's order, without the batch date that it is partitioned by. */
export function historyColumns(table: HistoryTable): Column[] {
  return Object.entries(history[table].properties).map(([name, schema]) => toColumn(name, schema));
}

// Follows no reference: only curated tables have some, and whoever asks of others alone needs no curated contract in its bundle.
function toColumn(name: string, schema: ColumnSchema): Column {
  const pii = schema["x-pii"];
  return {
    name,
    type: schema["x-type"],
    comment: schema.description,
    nullable: Array.isArray(schema.type) && schema.type.includes("null"),
    ...(pii === undefined ? {} : { pii }),
    schema,
  };
}

function follow(ref: string, seen: readonly string[]): ColumnSchema {
  if (seen.includes(ref)) {
    throw new Error(`contracts: references go round in a circle: ${[...seen, ref].join(" -> ")}.`);
  }
  const [id, pointer] = ref.split("#");
  const contract = [...Object.values(contracts), processed, ...Object.values(curated)].find((one) => one.$id === id);
  if (contract === undefined) {
    throw new Error(`contracts: "${ref}" names no contract.`);
  }
  let place: unknown = contract;
  for (const step of (pointer ?? "").split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    place = isObject(place) && Object.hasOwn(place, name) ? place[name] : undefined;
  }
  if (!isColumn(place)) {
    throw new Error(`contracts: "${ref}" points to no column.`);
  }
  return "$ref" in place ? follow(place.$ref, [...seen, ref]) : place;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether a part of a contract is a column: what else a column needs, the meta-schema asks for. */
function isColumn(value: unknown): value is ColumnOrRef {
  return isObject(value) && ("x-type" in value || "$ref" in value);
}
