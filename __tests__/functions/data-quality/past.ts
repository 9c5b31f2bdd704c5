import { contracts, type Dataset } from "../../../contracts";
import type { ColumnProfile, Profile } from "../../../functions/data-quality/profile";
import type { PastRun } from "../../../functions/data-quality/usual";

/** A usual day of sales: a thousand rows, most of them at noon and in the evening, a month of days. */
export function usualSales(
  more: Partial<Profile> = {},
  columns: Readonly<Record<string, Partial<ColumnProfile>>> = {},
): Profile {
  const id = (first: string, distinct: number): ColumnProfile => ({
    nulls: 0,
    distinct,
    first,
    last: first,
    shortest: 8,
    longest: 8,
    length: 8,
    ends: Array.from({ length: 8 }, () => 125),
  });
  const usual: Readonly<Record<string, ColumnProfile>> = {
    transaction_id: id("T", 1_000),
    customer_id: { ...id("C", 400), shortest: 2, longest: 9, length: 6 },
    product_id: { ...id("P", 40), distinct: 40 },
    quantity: { nulls: 0, distinct: 9, mean: 2, deviation: 1, most: 9 },
    price: { nulls: 0, distinct: 90, mean: 40, deviation: 30, most: 200 },
    total_amount: { nulls: 10, distinct: 500, mean: 80, deviation: 70, most: 900 },
    transaction_date: { nulls: 0, distinct: 990 },
    status: { nulls: 0, distinct: 3, values: { completed: 900, returned: 60, refunded: 40 } },
  };
  const hours = Array.from({ length: 24 }, (_, hour) => (hour < 8 ? 10 : hour === 12 ? 140 : hour === 20 ? 150 : 45));
  return {
    rows: 1_000,
    repeated: 0,
    hours,
    days: Array.from({ length: 35 }, (_, day) => (day < 30 ? 33 : 0)),
    ...more,
    columns: Object.fromEntries(Object.entries(usual).map(([name, column]) => [name, { ...column, ...columns[name] }])),
  };
}

/** The columns that a crawler finds in files that hold what the contract says. */
export function crawled(dataset: Dataset): Record<string, string> {
  return Object.fromEntries(Object.keys(contracts[dataset].properties).map((name) => [name.toLowerCase(), "string"]));
}

/** A good run of a date, as its report tells it. */
export function pastRun(date: string, more: Partial<PastRun> = {}): PastRun {
  return {
    date,
    counts: { in: 1_010, out: 1_000, quarantined: 8, duplicates: 2 },
    profile: usualSales(),
    schema: crawled("transactions"),
    computed: { total_amount: 50 },
    ...more,
  };
}
