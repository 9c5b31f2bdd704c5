import type { Dataset } from "../../contracts";
import { isDay } from "../../functions/lib/day";

/** A record as its source would write it, every value as text, by column. */
export type Row = Readonly<Record<string, string>>;

/** Something that goes wrong at a source. Exactly one of its ways to do harm is set. */
export interface Defect {
  readonly name: string;
  readonly dataset: Dataset;
  /** Changes the rows that are hit: a share of them, evenly spread. */
  readonly change?: (row: Row, index: number) => Row;
  /** Adds a row for each that is hit. */
  readonly add?: (row: Row, index: number) => Row;
  /** Does something to all rows, at whatever share. */
  readonly all?: (rows: readonly Row[]) => readonly Row[];
  /** Does something to the finished file. */
  readonly file?: (text: string) => string;
  /** Sends the files of the day before: as they were, or exported anew in another order. */
  readonly stale?: "same bytes" | "exported anew";
  /** Least share of the rows in which it must be caught: less of it is within what differs by chance from day to day. @default 0.01 */
  readonly least?: number;
}

/** Each kind of fault that a contract names, and the subtle ones that it does not. */
export const DEFECTS: readonly Defect[] = [
  // What a rule forbids.
  { name: "no key", dataset: "transactions", change: put("transaction_id", "") },
  { name: "no customer", dataset: "transactions", change: put("customer_id", "") },
  { name: "no status", dataset: "transactions", change: put("status", "") },
  { name: "quantity 0", dataset: "transactions", change: put("quantity", "0") },
  { name: "negative price", dataset: "transactions", change: put("price", "-1.00") },
  { name: "price in words", dataset: "transactions", change: put("price", "free") },
  { name: "unknown status", dataset: "transactions", change: put("status", "lost") },
  { name: "sale in the future", dataset: "transactions", change: put("transaction_date", "2999-01-01 00:00:00") },
  { name: "day that does not exist", dataset: "transactions", change: put("transaction_date", "2025-02-30 10:00:00") },
  { name: "identifier of 129 characters", dataset: "transactions", change: put("product_id", "P".repeat(129)) },
  { name: "key twice", dataset: "transactions", add: (row) => row },
  { name: "unknown event", dataset: "clickstream", change: put("event_type", "tap") },
  { name: "unknown device", dataset: "clickstream", change: put("device", "fridge") },
  { name: "no time", dataset: "clickstream", change: put("timestamp", "") },
  { name: "rating 9", dataset: "reviews", change: put("rating", "9") },
  { name: "negative votes", dataset: "reviews", change: put("helpful_votes", "-1") },
  { name: "negative stock", dataset: "products", change: put("stock", "-1") },
  { name: "no name", dataset: "products", change: put("name", "") },
  // What no rule forbids.
  { name: "customer and product swapped", dataset: "transactions", change: swapped("customer_id", "product_id") },
  { name: "customer and product swapped", dataset: "reviews", change: swapped("customer_id", "product_id") },
  { name: "page and browser swapped", dataset: "clickstream", change: swapped("page", "browser") },
  { name: "category and brand swapped", dataset: "products", change: swapped("category", "brand") },
  { name: "stock and reviews swapped", dataset: "products", change: swapped("stock", "review_count") },
  { name: "amounts in cents", dataset: "transactions", change: times(100, "price", "total_amount") },
  { name: "amounts in hundreds", dataset: "transactions", change: times(0.01, "price", "total_amount") },
  { name: "prices in cents", dataset: "products", change: times(100, "price") },
  {
    name: "quantity times 100",
    dataset: "transactions",
    change: (row) => times(100, "total_amount")({ ...row, quantity: `${row.quantity}00` }),
  },
  // One total in twenty is missing or off on any day.
  { name: "totals with tax", dataset: "transactions", least: 0.5, change: times(1.19, "total_amount") },
  {
    name: "unknown product",
    dataset: "transactions",
    change: (row, index) => ({ ...row, product_id: `P9${String(index).padStart(5, "0")}` }),
  },
  {
    name: "unknown product",
    dataset: "reviews",
    change: (row, index) => ({ ...row, product_id: `P9${String(index).padStart(5, "0")}` }),
  },
  { name: "all sales refunded", dataset: "transactions", least: 0.5, change: put("status", "refunded") },
  { name: "no ratings", dataset: "products", least: 0.5, change: put("rating", "") },
  { name: "nobody signed in", dataset: "clickstream", least: 0.5, change: put("customer_id", "") },
  { name: "one-star flood", dataset: "reviews", least: 0.5, change: put("rating", "1") },
  { name: "one customer for all", dataset: "transactions", least: 0.5, change: put("customer_id", "C0000001") },
  { name: "one product for all", dataset: "transactions", least: 0.5, change: put("product_id", "P000001") },
  {
    name: "rows again under new keys",
    dataset: "transactions",
    add: (row) => ({ ...row, transaction_id: (row.transaction_id ?? "").replace(/-\d/, "-9") }),
  },
  {
    name: "rows again under new keys",
    dataset: "reviews",
    add: (row) => ({ ...row, review_id: (row.review_id ?? "").replace(/-\d/, "-9") }),
  },
  {
    name: "visits again under new keys",
    dataset: "clickstream",
    add: (row) => ({ ...row, session_id: (row.session_id ?? "").replace(/-\d/, "-9") }),
  },
  { name: "clock 5 h ahead", dataset: "transactions", least: 0.5, change: hoursLater("transaction_date", -5, asSale) },
  {
    name: "clock 2 h behind",
    dataset: "clickstream",
    least: 0.5,
    change: hoursLater("timestamp", -2, (time) => time.toISOString()),
  },
  // What befalls files.
  { name: "a day missing in the middle", dataset: "transactions", all: withoutMiddleDay("transaction_date") },
  { name: "a day missing in the middle", dataset: "clickstream", all: withoutMiddleDay("timestamp") },
  { name: "the last day missing", dataset: "transactions", all: withoutLastDay("transaction_date") },
  {
    name: "half of the rows missing",
    dataset: "transactions",
    all: (rows) => rows.filter((_, index) => index % 2 === 0),
  },
  { name: "header of swapped columns", dataset: "transactions", all: renamed("customer_id", "product_id") },
  { name: "a required column missing", dataset: "transactions", all: without("price") },
  { name: "an optional column missing", dataset: "reviews", all: without("helpful_votes") },
  { name: "a new column", dataset: "transactions", all: (rows) => rows.map((row) => ({ ...row, coupon: "NONE" })) },
  { name: "cut inside a record", dataset: "transactions", file: cutInside },
  { name: "cut inside a record", dataset: "clickstream", file: cutInside },
  { name: "cut inside a record", dataset: "products", file: cutInside },
  { name: "cut between two records", dataset: "transactions", file: cutBetween },
  { name: "yesterday's files, renamed", dataset: "transactions", stale: "same bytes" },
  { name: "yesterday's files, renamed", dataset: "clickstream", stale: "same bytes" },
  { name: "yesterday's rows, exported anew", dataset: "transactions", stale: "exported anew" },
  { name: "yesterday's rows, exported anew", dataset: "clickstream", stale: "exported anew" },
  { name: "yesterday's rows, exported anew", dataset: "reviews", stale: "exported anew" },
];

function swapped(a: string, b: string) {
  return (row: Row): Row => ({ ...row, [a]: row[b] ?? "", [b]: row[a] ?? "" });
}

function put(name: string, value: string) {
  return (row: Row): Row => ({ ...row, [name]: value });
}

function times(factor: number, ...names: readonly string[]) {
  const scaled = (value: string | undefined) =>
    value ? (Math.round(Number(value) * factor * 100) / 100).toFixed(2) : "";
  return (row: Row): Row => ({ ...row, ...Object.fromEntries(names.map((name) => [name, scaled(row[name])])) });
}

/** Moves a time; a date alone stays. */
function hoursLater(name: string, hours: number, form: (time: Date) => string) {
  return (row: Row): Row => {
    const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d\S*?)(Z|[+-]\d\d:?\d\d)?$/.exec(row[name] ?? "");
    const time = parts === null ? Number.NaN : Date.parse(`${parts[1]}T${parts[2]}${parts[3] ?? "Z"}`);
    return Number.isNaN(time) ? row : { ...row, [name]: form(new Date(time + hours * 3_600_000)) };
  };
}

function asSale(time: Date): string {
  return time.toISOString().slice(0, 19).replace("T", " ");
}

/** The generator's own faults lie in the far future. */
const FAR = "2900";

function daysOf(name: string, rows: readonly Row[]): string[] {
  const days = new Set(rows.map((row) => dayOf(name, row)).filter((day) => isDay(day) && day < FAR));
  return [...days].sort();
}

function dayOf(name: string, row: Row): string {
  return (row[name] ?? "").slice(0, 10);
}

function withoutMiddleDay(name: string) {
  return (rows: readonly Row[]) => {
    const days = daysOf(name, rows);
    return rows.filter((row) => dayOf(name, row) !== days[days.length >> 1]);
  };
}

function withoutLastDay(name: string) {
  return (rows: readonly Row[]) => {
    const last = daysOf(name, rows).at(-1);
    return rows.filter((row) => dayOf(name, row) !== last);
  };
}

function renamed(a: string, b: string) {
  const other = (name: string) => (name === a ? b : name === b ? a : name);
  return (rows: readonly Row[]) =>
    rows.map((row): Row => Object.fromEntries(Object.entries(row).map(([name, value]) => [other(name), value])));
}

function without(name: string) {
  return (rows: readonly Row[]) => rows.map(({ [name]: _, ...row }): Row => row);
}

function cutInside(text: string): string {
  return text.slice(0, text.lastIndexOf(",", text.length * 0.6));
}

function cutBetween(text: string): string {
  return text.slice(0, text.indexOf("\n", text.length * 0.6) + 1);
}
