import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { DATASETS, type Dataset, processedColumns } from "../../../contracts";
import type { CheckContext } from "../../../functions/data-quality/checks";

export type Row = Readonly<Record<string, string | number | boolean | null>>;

export const DATE = "2025-01-15";

/** A good row of each dataset, as its job writes it. */
const written = { source_date: DATE, processing_timestamp: "2025-01-16 02:00:00", processing_date: "2025-01-16" };
const day = { year: 2025, month: 1, day: 15 };
export const GOOD: Readonly<Record<Dataset, Row>> = {
  transactions: {
    transaction_id: "T1",
    customer_id: "C1",
    product_id: "P1",
    quantity: 2,
    price: "10.01",
    total_amount: "20.02",
    transaction_date: "2025-01-15 10:00:00",
    status: "completed",
    revenue_category: "low",
    transaction_hour: 10,
    day_of_week: 4,
    is_weekend: false,
    ...written,
    ...day,
  },
  products: {
    product_id: "P1",
    name: "N",
    category: "C",
    brand: "B",
    price: "1.00",
    stock: 0,
    weight_kg: "1.00",
    rating: "5.0",
    review_count: 0,
    is_active: true,
    department: "D",
    margin_band: "low",
    stock_value: "0.00",
    is_out_of_stock: true,
    is_low_stock: false,
    ...written,
  },
  clickstream: {
    session_id: "S1",
    customer_id: "C1",
    event_type: "page_view",
    page: "/",
    timestamp: "2025-01-15 23:59:59.123456",
    device: "mobile",
    browser: "B",
    ip_address: "10.0.0.1",
    user_agent: "U",
    hour: 23,
    ...written,
    ...day,
  },
  reviews: {
    review_id: "R1",
    product_id: "P1",
    customer_id: "C1",
    rating: 5,
    review_text: "x",
    review_date: "2025-01-15",
    verified_purchase: true,
    helpful_votes: 0,
    ...written,
    ...day,
  },
};

/** Tables, and what is asked of them. */
export interface Question {
  readonly tables: Readonly<Record<string, readonly [columns: Readonly<Record<string, string>>, rows: readonly Row[]]>>;
  readonly query: string;
}

/** Answers all questions in one process. */
export function runSql(questions: readonly Question[]): Readonly<Record<string, string | null>>[][] {
  const root = join(__dirname, "../../..");
  return JSON.parse(
    execFileSync(join(root, ".local/venv/bin/python"), [join(__dirname, "run_sql.py")], {
      input: JSON.stringify(questions),
      encoding: "utf8",
      env: { ...process.env, PYTHONPATH: root },
    }),
  );
}

/** A table of a dataset as the SQL is asked of it. */
export const table = (dataset: Dataset, rows: readonly Row[]) =>
  [Object.fromEntries(processedColumns(dataset).map(({ name, type }) => [name, type])), rows] as const;

/** A run whose job wrote so many rows. */
export function contextOf(rows: number, more: Partial<CheckContext> = {}): CheckContext {
  return {
    date: DATE,
    processingTime: "2025-01-16T02:00:00Z",
    counts: { in: rows, out: rows, quarantined: 0, duplicates: 0 },
    manifestRows: rows,
    ...more,
  };
}

const other = (dataset: Dataset, key: string, change: Row = {}): Row => ({
  ...GOOD[dataset],
  [key]: "other",
  ...change,
});
/** Rows of a date, and the checks that they must fail. */
export interface Scenario {
  readonly dataset: Dataset;
  readonly what: string;
  readonly rows: readonly Row[];
  readonly failed: readonly string[];
}

const CASES: readonly [Dataset, string, Row[], string[]][] = [
  ...DATASETS.map((dataset): [Dataset, string, Row[], string[]] => [dataset, "good", [GOOD[dataset]], []]),
  [
    "transactions",
    "rows of another date",
    [GOOD.transactions, other("transactions", "transaction_id", { source_date: "2025-01-14", quantity: -1 })],
    [],
  ],
  ["transactions", "a key twice", [GOOD.transactions, GOOD.transactions], ["error transactions.key.unique"]],
  ["clickstream", "a composite key twice", [GOOD.clickstream, GOOD.clickstream], ["error clickstream.key.unique"]],
  ["clickstream", "keys that differ in one part", [GOOD.clickstream, other("clickstream", "page")], []],
  [
    "transactions",
    "no key",
    [{ ...GOOD.transactions, transaction_id: null }],
    ["error transactions.key.unique", "error transactions.transaction_id.required"],
  ],
  [
    "transactions",
    "an empty text",
    [{ ...GOOD.transactions, customer_id: "" }],
    ["error transactions.customer_id.minLength"],
  ],
  [
    "transactions",
    "a long text",
    [{ ...GOOD.transactions, customer_id: "x".repeat(129) }],
    ["error transactions.customer_id.maxLength"],
  ],
  [
    "transactions",
    "the longest text, of characters outside the basic plane",
    [{ ...GOOD.transactions, customer_id: "😀".repeat(128) }],
    [],
  ],
  [
    "transactions",
    "quantity 0",
    [{ ...GOOD.transactions, quantity: 0, total_amount: "0" }],
    ["error transactions.quantity.exclusiveMinimum"],
  ],
  [
    "transactions",
    "a total off by 0.02",
    [{ ...GOOD.transactions, total_amount: "20.04" }],
    ["error transactions.total_amount.computed"],
  ],
  ["transactions", "a total off by 0.01", [{ ...GOOD.transactions, total_amount: "20.03" }], []],
  [
    "transactions",
    "no total",
    [{ ...GOOD.transactions, total_amount: null }],
    ["warn transactions.total_amount.nullShare"],
  ],
  [
    "transactions",
    "half of the totals",
    [{ ...GOOD.transactions, total_amount: null }, other("transactions", "transaction_id")],
    [],
  ],
  [
    "transactions",
    "an unknown status",
    [{ ...GOOD.transactions, status: "Completed" }],
    ["error transactions.status.enum"],
  ],
  [
    "transactions",
    "a future sale",
    [{ ...GOOD.transactions, transaction_date: "2025-01-16 02:00:01" }],
    ["error transactions.transaction_date.notFuture"],
  ],
  [
    "transactions",
    "a sale at the start of the run",
    [{ ...GOOD.transactions, transaction_date: "2025-01-16 02:00:00" }],
    [],
  ],
  [
    "transactions",
    "no sale of the day",
    [{ ...GOOD.transactions, transaction_date: "2025-01-14 23:59:59" }],
    ["warn transactions.transaction_date.freshness"],
  ],
  ["transactions", "a first sale of the day", [{ ...GOOD.transactions, transaction_date: "2025-01-15 00:00:00" }], []],
  [
    "transactions",
    "an hour that is none",
    [{ ...GOOD.transactions, transaction_hour: 24 }],
    ["error transactions.transaction_hour.maximum"],
  ],
  [
    "transactions",
    "no derived value",
    [{ ...GOOD.transactions, revenue_category: null }],
    ["error transactions.revenue_category.required"],
  ],
  ["products", "6 stars", [{ ...GOOD.products, rating: "6.0" }], ["error products.rating.maximum"]],
  ["products", "an unknown margin", [{ ...GOOD.products, margin_band: "x" }], ["error products.margin_band.enum"]],
  ["products", "no margin, of two", [{ ...GOOD.products, margin_band: null }, other("products", "product_id")], []],
  [
    "reviews",
    "a review of tomorrow",
    [{ ...GOOD.reviews, review_date: "2025-01-17" }],
    ["error reviews.review_date.notFuture"],
  ],
  ["reviews", "a review of the processing date", [{ ...GOOD.reviews, review_date: "2025-01-16" }], []],
  [
    "reviews",
    "an old review",
    [{ ...GOOD.reviews, review_date: "2025-01-14" }],
    ["warn reviews.review_date.freshness"],
  ],
];

export const SCENARIOS: readonly Scenario[] = CASES.map(([dataset, what, rows, failed]) => ({
  dataset,
  what,
  rows,
  failed,
}));

/** How many of the rows are of the date. */
export const inDate = (rows: readonly Row[]) => rows.filter((row) => row.source_date === DATE).length;
