import { type ColumnSchema, contracts, DATASETS, type Dataset } from "../../../contracts";
import {
  type Check,
  type CheckContext,
  compileChecks,
  offendersQuery,
  scanQuery,
} from "../../../functions/data-quality/checks";
import { profileMeasures, readProfile } from "../../../functions/data-quality/profile";
import { lookupsOf } from "../../../functions/data-quality/references";
import { contextOf, DATE, GOOD, inDate, type Question, type Row, runSql, SCENARIOS, table } from "./tables";

const failedOf = (checks: readonly Check[], values: Readonly<Record<string, string | null>> = {}) =>
  checks
    .filter((check, index) => !check.judge(values[`m${index}`] ?? null).passed)
    .map((check) => `${check.severity} ${check.id}`);

describe("the scan of a table", () => {
  const checksOf = (dataset: Dataset, rows: readonly Row[]) => compileChecks(dataset, contextOf(inDate(rows)));
  let answers: ReturnType<typeof runSql> = [];

  beforeAll(() => {
    answers = runSql(
      SCENARIOS.map(({ dataset, rows }) => ({
        tables: { [dataset]: table(dataset, rows) },
        query: scanQuery(checksOf(dataset, rows), [], `"processed"."${dataset}"`, "123", DATE),
      })),
    );
  }, 60_000);

  test.each(SCENARIOS.map((scenario, index) => ({ ...scenario, index })))(
    "$dataset: $what: $failed",
    ({ dataset, rows, failed, index }) => {
      expect(failedOf(checksOf(dataset, rows), answers[index]?.[0])).toEqual(failed);
    },
  );

  test("is one statement on the snapshot, however many checks", () => {
    const checks = checksOf("reviews", [GOOD.reviews]);
    const measures = profileMeasures("reviews", DATE);
    const query = scanQuery(checks, measures, '"processed"."reviews"', "8462000000000000001", DATE);
    expect(query.match(/SELECT/g)).toHaveLength(1);
    expect(query).toMatch(
      /FROM "processed"\."reviews" FOR VERSION AS OF 8462000000000000001\nWHERE source_date = DATE '2025-01-15'$/,
    );
  });
});

describe("the counts", () => {
  const idsOf = (context: CheckContext, value: string | null = String(context.counts.out)) => {
    const checks = compileChecks("products", context).filter((check) => check.id.startsWith("products.rows."));
    return failedOf(checks, Object.fromEntries(checks.map((_, index) => [`m${index}`, value])));
  };
  const counts = { in: 10, out: 7, quarantined: 2, duplicates: 1 };

  test.each<[string, CheckContext, string | null, string[]]>([
    ["agree", contextOf(10, { counts }), "7", []],
    ["table with fewer rows than written", contextOf(10, { counts }), "6", ["error products.rows.written"]],
    ["table with more", contextOf(10, { counts }), "8", ["error products.rows.written"]],
    [
      "a record lost in the job",
      contextOf(10, { counts: { ...counts, quarantined: 1 } }),
      "7",
      ["error products.rows.reconciled"],
    ],
    ["a record not read", contextOf(11, { counts }), "7", ["error products.rows.read"]],
  ])("%s", (_, context, value, failed) => {
    const manifestRows = context.manifestRows;
    expect(idsOf({ ...context, manifestRows }, value)).toEqual(failed);
  });

  test.each(["", null, "many"])("a value that is no number is no result: %j", (value) => {
    const [check] = compileChecks("products", contextOf(10));
    expect(() => check?.judge(value)).toThrow("where a number is expected");
  });

  test.each(["2025-01-15 10:00:00 Europe/Berlin", "15.01.2025"])(
    "a time that is not in UTC is no result: %s",
    (value) => {
      const check = compileChecks("clickstream", contextOf(1)).find(
        ({ id }) => id === "clickstream.timestamp.freshness",
      );
      expect(() => check?.judge(value)).toThrow("where a time in UTC is expected");
    },
  );

  test.each([
    "2025-01-15 10:00:00",
    "2025-01-15 10:00:00.123456 UTC",
    "2025-01-15 10:00:00+00",
    "2025-01-15T10:00:00Z",
  ])("a time in UTC is understood: %s", (value) => {
    const check = compileChecks("clickstream", contextOf(1)).find(({ id }) => id === "clickstream.timestamp.freshness");
    expect(check?.judge(value).passed).toBe(true);
  });

  test("a table without rows is not fresh, but has nothing of the future", () => {
    const checks = compileChecks("reviews", contextOf(0));
    expect(checks.find(({ id }) => id === "reviews.review_date.freshness")?.judge(null)).toMatchObject({
      passed: false,
      observed: "no row",
    });
    expect(checks.find(({ id }) => id === "reviews.review_date.notFuture")?.judge(null)).toMatchObject({
      passed: true,
    });
  });
});

describe("rows that fail a check", () => {
  const cases = SCENARIOS.flatMap(({ dataset, what, rows, failed }) =>
    compileChecks(dataset, contextOf(inDate(rows))).flatMap((check) => {
      const query = offendersQuery(dataset, check, `"processed"."${dataset}"`, "1", DATE);
      // A key that is not there does not come twice.
      const isFailed = failed.includes(`error ${check.id}`) && !(check.offenders === "repeated" && what === "no key");
      return query === undefined ? [] : [{ name: `${dataset}, ${what}: ${check.id}`, dataset, rows, query, isFailed }];
    }),
  );

  test("are named, and no others", () => {
    const answers = runSql(
      cases.map(({ dataset, rows, query }) => ({ tables: { [dataset]: table(dataset, rows) }, query })),
    );
    const named = cases.filter((_, index) => (answers[index] ?? []).length > 0).map(({ name }) => name);
    expect(named).toEqual(cases.filter(({ isFailed }) => isFailed).map(({ name }) => name));
    expect(named.length).toBeGreaterThan(10);
  });

  test("are named by their whole key", () => {
    const check = compileChecks("clickstream", contextOf(2)).find(({ id }) => id === "clickstream.key.unique");
    const query = check && offendersQuery("clickstream", check, '"processed"."clickstream"', "1", DATE);
    const tables = { clickstream: table("clickstream", [GOOD.clickstream, GOOD.clickstream]) };
    const [answer] = runSql([{ tables, query: query ?? "" }]);
    expect(answer).toEqual([{ key: "S1 2025-01-15 23:59:59.123456 page_view /" }]);
  });

  test("are not asked for where no single row is to blame", () => {
    const checks = compileChecks("reviews", contextOf(1)).filter(
      (check) => offendersQuery("reviews", check, "t", "1", DATE) === undefined,
    );
    expect(checks.map(({ id }) => id.replace("reviews.", ""))).toEqual(
      expect.arrayContaining(["rows.written", "review_text.nullShare", "review_date.freshness"]),
    );
  });
});

const GOOD_COLUMN: ColumnSchema = { type: "string", description: "A product.", "x-type": "string" };

describe("a row's other dataset:", () => {
  const lookup = (id: string) => {
    const found = DATASETS.flatMap(lookupsOf).find((one) => one.id === id);
    if (found === undefined) throw new Error(`there is no ${id}`);
    return found;
  };
  const judge = (id: string, tables: Question["tables"], dataset: Dataset) => {
    const { query, judge } = lookup(id);
    const from = { table: `"processed"."${dataset}"`, snapshot: "1" };
    const [answer = []] = runSql([{ tables, query: query(from, { table: '"processed"."products"' }, DATE) }]);
    return judge(answer);
  };

  test("only warnings: references of transactions and reviews, prices of transactions", () => {
    expect(DATASETS.flatMap((dataset) => lookupsOf(dataset).map(({ id, severity }) => `${severity} ${id}`))).toEqual([
      "warn transactions.product_id.references",
      "warn transactions.price.near",
      "warn reviews.product_id.references",
    ]);
  });

  describe("a reference", () => {
    const rows = (...products: string[]) =>
      products.map((product_id, index) => ({ ...GOOD.reviews, review_id: `R${index}`, product_id }));
    const run = (reviews: readonly Row[], products: readonly Row[]) => {
      const tables = { reviews: table("reviews", reviews), products: table("products", products) };
      return judge("reviews.product_id.references", tables, "reviews");
    };

    test("that leads somewhere passes, also to a product of another date", () => {
      expect(run(rows("P1", "P1"), [{ ...GOOD.products, source_date: "2024-12-01" }])).toMatchObject({
        passed: true,
        observed: "0",
      });
    });

    test("that leads nowhere is counted, and the most frequent keys are named", () => {
      const strangers = ["X1", "X2", "X2", "X3", "X4", "X5", "X6", "P1"];
      expect(run(rows(...strangers), [GOOD.products])).toEqual({
        passed: false,
        observed: "7 rows, among them X2 (2), X1 (1), X3 (1), X4 (1), X5 (1)",
        expected: "0",
        value: 7,
      });
    });

    test("from a personal column names nobody", () => {
      const product = { ...GOOD_COLUMN, "x-pii": "pseudonym", "x-references": "products.product_id" } as const;
      const properties = { ...contracts.reviews.properties, product_id: product };
      const change = jest.replaceProperty(contracts, "reviews", { ...contracts.reviews, properties });
      try {
        expect(run(rows("X1", "X2"), [GOOD.products])).toMatchObject({ passed: false, observed: "2 rows", value: 2 });
      } finally {
        change.restore();
      }
    });

    test("of another date's rows is not this run's", () => {
      const others = rows("X").map((row) => ({ ...row, source_date: "2025-01-14" }));
      expect(run(others, [GOOD.products])).toMatchObject({ passed: true });
    });
  });

  describe("a price", () => {
    const run = (prices: readonly string[], catalogue: readonly Row[]) => {
      const sales = prices.map((price, index) => ({ ...GOOD.transactions, transaction_id: `T${index}`, price }));
      const tables = { transactions: table("transactions", sales), products: table("products", catalogue) };
      return judge("transactions.price.near", tables, "transactions");
    };
    const at = (price: string, source_date = DATE): Row => ({ ...GOOD.products, price, source_date });

    test("near the catalogue's passes, the bounds too, and one of a product that is not there", () => {
      expect(run(["10.00", "1.00", "0.10"], [at("1.00")])).toMatchObject({ passed: true });
      expect(run(["999.00"], [{ ...at("1.00"), product_id: "P2" }])).toMatchObject({ passed: true });
    });

    test("in cents is counted and named, compared with the newest catalogue", () => {
      expect(run(["2.00", "200.00", "0.19"], [at("100.00", "2025-01-10"), at("2.00")])).toEqual({
        passed: false,
        observed: "2 rows, among them T1 (200.00 instead of 2.00), T2 (0.19 instead of 2.00)",
        expected: "0",
        value: 2,
      });
    });
  });
});

describe("the profile of a table", () => {
  const profileOf = (dataset: Dataset, rows: readonly Row[]) => {
    const measures = profileMeasures(dataset, DATE);
    const [answer = []] = runSql([
      {
        tables: { [dataset]: table(dataset, rows) },
        query: scanQuery([], measures, `"processed"."${dataset}"`, "1", DATE),
      },
    ]);
    return readProfile(dataset, new Map(measures.map(({ name }, index) => [name, answer[0]?.[`p${index}`] ?? null])));
  };

  test("says how its rows look", () => {
    const sale = (transaction_id: string, more: Row = {}) => ({ ...GOOD.transactions, transaction_id, ...more });
    const profile = profileOf("transactions", [
      sale("T1"),
      sale("T2"),
      sale("T3", { customer_id: "X22", status: "returned", price: "30.01", total_amount: null }),
      sale("T4", { transaction_date: "2025-01-13 23:00:00", quantity: 4 }),
      sale("T5", { source_date: "2025-01-14", quantity: 1_000 }),
    ]);
    expect(profile).toMatchObject({
      rows: 4,
      repeated: 1,
      columns: {
        transaction_id: { nulls: 0, distinct: 4, first: "T", last: "T", shortest: 2, longest: 2, length: 2 },
        customer_id: { distinct: 2, first: "C", last: "X", shortest: 2, longest: 3, length: 2.25 },
        quantity: { mean: 2.5, most: 4 },
        price: { mean: 15.01, deviation: expect.closeTo(8.66), most: 30.01 },
        total_amount: { nulls: 1, mean: 20.02, deviation: 0 },
        status: { values: { completed: 3, returned: 1, refunded: 0 } },
      },
    });
    expect(profile.hours.flatMap((rows, hour) => (rows > 0 ? [[hour, rows]] : []))).toEqual([
      [10, 3],
      [23, 1],
    ]);
    expect(profile.days.flatMap((rows, day) => (rows > 0 ? [[day, rows]] : []))).toEqual([
      [0, 3],
      [2, 1],
    ]);
  });

  test.each(DATASETS)("of %s without rows is empty, not unknown", (dataset) => {
    expect(profileOf(dataset, [])).toMatchObject({ rows: 0, repeated: 0 });
  });

  test.each(DATASETS)("of one row of %s has a figure for each column", (dataset) => {
    const { columns, hours, days } = profileOf(dataset, [GOOD[dataset]]);
    expect(Object.values(columns).every(({ nulls }) => nulls === 0)).toBe(true);
    expect(hours).toHaveLength(["transactions", "clickstream"].includes(dataset) ? 24 : 0);
    expect(days).toHaveLength(dataset === "products" ? 0 : 35);
  });

  test("a value that is no number is no profile", () => {
    const values = new Map(profileMeasures("reviews", DATE).map(({ name }) => [name, "0"]));
    expect(() => readProfile("reviews", new Map([...values, ["rows", null]]))).toThrow("no number for rows of reviews");
    expect(() => readProfile("reviews", new Map([...values, ["rating.mean", "NaN"]]))).toThrow(
      'gave "NaN" where a number is expected',
    );
  });
});
