import { contracts, DATASETS } from "../../../contracts";
import {
  changedRowsQuery,
  DEFAULTS,
  judgeSameKey,
  type SameKeyCheck,
  sameKeyChecks,
  sameKeyQuery,
} from "../../../functions/data-quality/same-key";
import { DATE, GOOD, type Row, runSql, table } from "./tables";

const BEFORE = "2025-01-14";
const version = { table: '"processed"."products"', snapshot: "123" };
const checks = sameKeyChecks("products");
const columns = Object.keys(contracts.products.properties).filter((name) => name !== "product_id");

const check = (id: string): SameKeyCheck => {
  const found = checks.find((one) => one.id === `products.${id}`);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
};

test("only snapshots are compared with the one before; all of it warns", () => {
  expect(DATASETS.filter((dataset) => sameKeyChecks(dataset).length > 0)).toEqual(["products"]);
  expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  expect(checks.every(({ severity }) => severity === "warn")).toBe(true);
});

test("columns that may change places are of a kind; those of few values do it by themselves", () => {
  const pairs = checks.filter(({ id }) => id.includes(".exchanged.")).map((one) => one.columns.join(" "));
  expect(pairs).toEqual([
    ...["name category", "name brand", "category brand"],
    ...["price stock", "price weight_kg", "price rating", "price review_count"],
    ...["stock weight_kg", "stock rating", "stock review_count"],
    ...["weight_kg rating", "weight_kg review_count", "rating review_count"],
  ]);
});

test("columns that may lose a value are those that may be null", () => {
  const lost = checks.filter(({ id }) => id.endsWith(".lost")).flatMap((one) => one.columns);
  expect(lost).toEqual(columns.filter((name) => !contracts.products.required.includes(name)));
});

/** A product before and now, and the checks that it fails. */
type Case = readonly [what: string, before: Row, now: Row, failed: readonly string[]];

const CASES: readonly Case[] = [
  ["nothing changes", {}, {}, []],
  [
    "two numbers change places",
    { stock: 30, review_count: 900 },
    { stock: 900, review_count: 30 },
    ["stock.exchanged.review_count"],
  ],
  [
    "they do, on a day with sales and reviews",
    { stock: 30, review_count: 900 },
    { stock: 905, review_count: 22 },
    ["stock.exchanged.review_count"],
  ],
  [
    "they do, and one is 0",
    { stock: 0, review_count: 40 },
    { stock: 40, review_count: 0 },
    ["stock.exchanged.review_count"],
  ],
  [
    "they do, just far enough apart",
    { stock: 5, review_count: 25 },
    { stock: 25, review_count: 5 },
    ["stock.exchanged.review_count"],
  ],
  ["too near to tell", { stock: 5, review_count: 24 }, { stock: 24, review_count: 5 }, []],
  ["sold and restocked, the other stays", { stock: 3, review_count: 120 }, { stock: 120, review_count: 120 }, []],
  ["sold out, reviews grow", { stock: 60, review_count: 20 }, { stock: 0, review_count: 61 }, []],
  ["one of them was not known", { stock: 30, review_count: null }, { stock: 900, review_count: 30 }, []],
  [
    "price and weight",
    { price: "12.50", weight_kg: "0.30" },
    { price: "0.30", weight_kg: "12.50" },
    ["price.exchanged.weight_kg"],
  ],
  [
    "price and weight within a few cents",
    { price: "0.49", weight_kg: "0.30" },
    { price: "0.30", weight_kg: "0.49" },
    [],
  ],
  ["price and stock", { price: "19.00", stock: 400 }, { price: "400.00", stock: 19 }, ["price.exchanged.stock"]],
  ["two texts", { name: "Lamp", brand: "Ibis" }, { name: "Ibis", brand: "Lamp" }, ["name.exchanged.brand"]],
  ["two equal texts", { name: "Ibis", brand: "Ibis" }, { name: "Ibis", brand: "Ibis" }, []],
  ["a text that changes alone", { name: "Lamp", brand: "Ibis" }, { name: "Ibis", brand: "Ibis" }, []],
  ["a value is lost", { rating: "4.5" }, { rating: null }, ["rating.lost"]],
  ["a value comes", { rating: null }, { rating: "4.5" }, []],
  ["a value was never there", { rating: null }, { rating: null }, []],
];

describe("a row and the one of its key in the snapshot before:", () => {
  const product = (source_date: string, row: Row, product_id = "P1"): Row => ({
    ...GOOD.products,
    ...{ stock: 7, review_count: 8, product_id, source_date },
    ...row,
  });
  const rowsOf = ([, before, now]: Case) => [
    product(BEFORE, before),
    product(DATE, now),
    // Neither a product of that day alone nor an older row of this one is looked at.
    product(DATE, { stock: 900, review_count: 30 }, "P2"),
    product("2025-01-13", { stock: 900, review_count: 30, rating: "1.0", name: "Ibis", brand: "Lamp" }),
  ];
  let answers: ReturnType<typeof runSql> = [];
  let names: ReturnType<typeof runSql> = [];

  beforeAll(() => {
    const asked = (one: Case, query: string) => ({ tables: { products: table("products", rowsOf(one)) }, query });
    const query = sameKeyQuery("products", checks, version, DATE, BEFORE);
    [answers, names] = [CASES.map((one) => asked(one, query)), CASES.map((one) => asked(one, namesQuery(one)))].map(
      runSql,
    ) as [typeof answers, typeof names];
  }, 60_000);

  const namesQuery = ([, , , [failed = "rating.lost"]]: Case) =>
    changedRowsQuery("products", check(failed), version, DATE, BEFORE) ?? "";

  test.each(CASES.map((one, index) => [one[0], one, index] as const))("%s", (_, [, , , failed], index) => {
    const [{ compared, ...counts } = {}] = answers[index] ?? [];
    expect(compared).toBe("1");
    const found = checks.filter((__, place) => counts[`c${place}`] !== "0").map(({ id }) => id);
    expect(found).toEqual(failed.map((id) => `products.${id}`));
    expect(names[index]).toHaveLength(failed.length);
  });

  test("is named with what changed", () => {
    const named = (what: string) => names[CASES.findIndex(([name]) => name === what)]?.[0]?.key;
    expect(named("price and weight")).toBe("P1 (price 12.50 to 0.30, weight_kg 0.30 to 12.50)");
    expect(named("a value is lost")).toBe("P1 (rating 4.5 to null)");
  });

  test("is not named where that would name a person", () => {
    const secret = { ...contracts.products.properties.brand, "x-pii": "pseudonym" };
    const properties = { ...contracts.products.properties, brand: secret };
    const change = jest.replaceProperty(contracts, "products", { ...contracts.products, properties } as never);
    try {
      expect(changedRowsQuery("products", check("name.exchanged.brand"), version, DATE, BEFORE)).toBeUndefined();
      expect(changedRowsQuery("products", check("rating.lost"), version, DATE, BEFORE)).toBeDefined();
    } finally {
      change.restore();
    }
  });
});

test("both snapshots are read at the version that the job left, by their date", () => {
  const query = sameKeyQuery("products", checks, version, DATE, BEFORE);
  expect(query.match(/FOR VERSION AS OF 123 WHERE source_date = DATE '2025-01-1[54]'/g)).toHaveLength(2);
});

describe("how many rows may fail", () => {
  const never = Array.from({ length: 14 }, () => 0);
  const judge = (id: string, failing: string | null, past: readonly number[], compared: string | null = "500") =>
    judgeSameKey(check(id), failing, compared, past);

  test.each<[string, readonly number[], number]>([
    ["stock.exchanged.review_count", never, 0],
    ["stock.exchanged.review_count", [], 0],
    ["stock.exchanged.review_count", [0, 0.002], 0],
    // One odd run does not make it usual; where it is usual, so is a little more.
    ["stock.exchanged.review_count", [0.01, ...never], 0],
    ["stock.exchanged.review_count", [0.01, 0.01, ...never], 18],
    ["rating.lost", never, 2],
    ["rating.lost", [], Math.floor(500 * DEFAULTS.firstLost + 6 * Math.sqrt(500 * DEFAULTS.firstLost) + 2)],
  ])("%s after %j: %d", (id, past, most) => {
    expect(judge(id, String(most), past)).toMatchObject({ passed: true, expected: `at most ${most}` });
    expect(judge(id, String(most + 1), past)).toMatchObject({ passed: false, value: (most + 1) / 500 });
  });

  test("runs of long ago do not count", () => {
    expect(judge("stock.exchanged.review_count", "1", [...never, 0.1, 0.1, 0.1])).toMatchObject({ passed: false });
  });

  test("is said as people read it", () => {
    expect(judge("rating.lost", "5", never).observed).toBe("5 of 500 rows (1 %)");
    expect(judge("rating.lost", "0", never, "0")).toMatchObject({ passed: true, observed: "0", value: 0 });
  });

  test.each([null, "many"])("is not known of %j", (value) => {
    expect(() => judge("rating.lost", value, never)).toThrow("where a number is expected");
    expect(() => judge("rating.lost", "0", never, value)).toThrow("where a number is expected");
  });
});
