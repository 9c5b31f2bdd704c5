import { contracts, DATASETS, type Dataset, historyColumns, isDataset } from "../../../contracts";
import { checkIds } from "../../../functions/data-quality/check-ids";
import { checkDataQuality, type Measured } from "../../../functions/data-quality/data-quality";
import type { DataQualityClients } from "../../../functions/data-quality/examine";
import type { QualityReport } from "../../../functions/data-quality/report";
import { sameKeyChecks } from "../../../functions/data-quality/same-key";
import type { PastRun } from "../../../functions/data-quality/usual";
import type { QueryResult, QueryRunner } from "../../../functions/lib/athena";
import type { Item } from "../../../functions/lib/dynamo";
import type { Logger } from "../../../functions/lib/logger";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { summarizeRun } from "../../../functions/summarize-run/summarize-run";
import { MemoryObjects, rememberedMetrics, silent, unmeasured } from "../memory-objects";
import { crawled, pastRun } from "./past";

const run = { run: "r1", date: "2025-01-15", processingTime: "2025-01-16T02:00:00Z" };
const FOLDER = "runs/date=2025-01-15/run=r1";
const JOBS = {
  transactions: "transaction_etl",
  products: "product_enrichment",
  clickstream: "clickstream_aggregation",
  reviews: "review_etl",
};

const jobReport = (dataset: Dataset, more: object = {}) => ({
  version: 1,
  job: JOBS[dataset],
  rows: { in: 10, out: 7, quarantined: 2, duplicates: 1 },
  reasons: { "rating.maximum": 2 },
  tables: [{ table: `processed_local.${dataset}`, branch: "run_r1", snapshot: "8462000000000000001" }],
  seconds: 1,
  ...more,
});
const manifest = (datasets: readonly Dataset[], rows = 10) => ({
  version: 1,
  datasets: Object.fromEntries(
    datasets.map((dataset) => {
      const columns = Object.keys(contracts[dataset].properties);
      return [dataset, { files: [{ rows, bytes: 1, columns }], excluded: [] }];
    }),
  ),
});

class FakeRunLedger extends RunLedger {
  constructor(private readonly runs: Item[] = []) {
    super("runs");
  }
  override async succeeded() {
    return this.runs;
  }
  override async record() {}
}

const isLookup = (sql: string) => sql.includes("JOIN");

/** An Athena that finds every table good: 7 rows, nothing wrong, everything fresh. */
const goodAnswer = (sql: string): Record<string, string | null>[] => {
  if (isLookup(sql)) return [];
  const measures = [...sql.matchAll(/^ {2}(.+) AS ([mp]\d+),?$/gm)];
  return [
    Object.fromEntries(
      measures.map(([, measure = "", name = ""]) => [
        name,
        measure === "count(*)" ? "7" : measure.startsWith("CAST(max") ? "2025-01-15" : "0",
      ]),
    ),
  ];
};

const schemaOf = (name: string) => (isDataset(name) ? crawled(name) : {});

function clientsOf(
  objects: MemoryObjects,
  answer: (sql: string) => Record<string, string | null>[] = goodAnswer,
  more: Partial<DataQualityClients & Measured> = {},
): DataQualityClients & Measured & { readonly queries: string[]; readonly reused: boolean[] } {
  const queries: string[] = [];
  const reused: boolean[] = [];
  const athena: QueryRunner = {
    query: async (sql, _database, _parameters, reuseMinutes): Promise<QueryResult> => {
      queries.push(sql);
      reused.push(reuseMinutes === 1_440);
      return { rows: answer(sql), bytesScanned: 100, milliseconds: 5, reused: false };
    },
  };
  const runs = new FakeRunLedger();
  return {
    databases: { raw: "raw_local", processed: "processed_local" },
    athena,
    objects,
    runs,
    columnsOf: async (_, name) => schemaOf(name),
    metrics: unmeasured,
    logger: silent,
    queries,
    reused,
    ...more,
  };
}

const lake = (
  datasets: readonly Dataset[] = DATASETS,
  reports: Partial<Record<Dataset, unknown>> = {},
  rows?: number,
) =>
  new MemoryObjects({
    [`${FOLDER}/manifest.json`]: manifest(datasets, rows),
    ...Object.fromEntries(
      datasets.map((dataset) => [
        `${FOLDER}/jobs/${JOBS[dataset]}.json`,
        dataset in reports ? reports[dataset] : jobReport(dataset),
      ]),
    ),
  });
const event = (withFiles: readonly Dataset[] = DATASETS) => ({
  ...run,
  manifest: `${FOLDER}/manifest.json`,
  withFiles,
});
const reportOf = (objects: MemoryObjects) => objects.json(`${FOLDER}/quality.json`) as QualityReport;

test("good tables pass; the report is in the lake, as JSON and as a page", async () => {
  const objects = lake();
  const clients = clientsOf(objects);
  const rows = { in: 10, out: 7, quarantined: 2, duplicates: 1 };
  expect(await checkDataQuality(event(), clients)).toEqual({
    verdict: "pass",
    report: `${FOLDER}/quality.json`,
    failed: [],
    worst: [],
    rows: { transactions: rows, products: rows, clickstream: rows, reviews: rows },
  });
  const report = reportOf(objects);
  expect(report).toMatchObject({ version: 1, ...run, verdict: "pass" });
  expect(new Set(report.checks.map((check) => check.id)).size).toBe(report.checks.length);
  expect(report.checks.length).toBeGreaterThan(100);
  expect(objects.texts.get(`${FOLDER}/quality.html`)).toContain("All checks passed");
});

test("every check is a row of the table of checks, with the names of its contract", async () => {
  const objects = lake(["reviews"]);
  const clients = clientsOf(objects, (sql) =>
    isLookup(sql) ? [] : goodAnswer(sql).map((row) => ({ ...row, m0: "6" })),
  );
  await checkDataQuality(event(["reviews"]), clients);
  const text = objects.texts.get("curated/data_quality_checks/batch_date=2025-01-15/r1.json") ?? "";
  expect(text.endsWith("\n")).toBe(true);
  const rows = text
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
  expect(rows).toHaveLength(reportOf(objects).checks.length);
  for (const row of rows)
    expect(Object.keys(row as object)).toEqual(historyColumns("data_quality_checks").map(({ name }) => name));
  expect(rows[0]).toEqual({
    run: "r1",
    checked_at: "2025-01-16 02:00:00.000",
    verdict: "fail",
    dataset: "reviews",
    check_id: "reviews.rows.written",
    severity: "error",
    status: "failed",
    value: 6,
    observed: "6",
    expected: "7",
    reason: null,
  });
});

test("each table is scanned once, at the snapshot that its job left", async () => {
  const clients = clientsOf(lake());
  await checkDataQuality(event(), clients);
  const scans = clients.queries.filter((sql) => !isLookup(sql));
  expect(scans.map((sql) => /FROM (.+)\n/.exec(sql)?.[1])).toEqual(
    DATASETS.map((dataset) => `"processed_local"."${dataset}" FOR VERSION AS OF 8462000000000000001`),
  );
  expect(reportOf(clients.objects as MemoryObjects).queries).toHaveLength(7);
});

test("what fails by rows names their keys; where they cannot be told the verdict stands", async () => {
  const answer = (offenders: () => Record<string, string | null>[]) => (sql: string) => {
    if (sql.startsWith("SELECT coalesce")) return offenders();
    return goodAnswer(sql).map((row) => {
      const [, measure = ""] = /FILTER \(WHERE NOT \("rating" <= 5\)\) AS (m\d+)/.exec(sql) ?? [];
      return measure in row ? { ...row, [measure]: "2" } : row;
    });
  };
  const find = async (offenders: () => Record<string, string | null>[]) => {
    const objects = lake(["reviews"]);
    const { verdict } = await checkDataQuality(event(["reviews"]), clientsOf(objects, answer(offenders)));
    const check = reportOf(objects).checks.find(({ id }) => id === "reviews.rating.maximum");
    return [verdict, check?.status, check?.observed];
  };
  expect(await find(() => [{ key: "R1" }, { key: "R7" }])).toEqual(["fail", "failed", "2, among them R1; R7"]);
  const failing = () => {
    throw new Error("no such luck");
  };
  expect(await find(failing)).toEqual(["fail", "failed", "2"]);
});

test("results of the last 24 hours do, where all tables of a query are pinned to snapshots", async () => {
  const all = clientsOf(lake());
  await checkDataQuality(event(), all);
  expect(new Set(all.reused)).toEqual(new Set([true]));
  // Without products in the run, sales are compared with the published ones.
  const one = clientsOf(lake(["transactions"]));
  await checkDataQuality(event(["transactions"]), one);
  expect(one.queries.map(isLookup)).toEqual(one.reused.map((reused) => !reused));
  expect(one.queries.some(isLookup)).toBe(true);
});

test("datasets without files are not looked at; their counts are zero", async () => {
  const clients = clientsOf(lake(["products"]));
  const { rows, verdict } = await checkDataQuality(event(["products"]), clients);
  expect(verdict).toBe("pass");
  expect(rows.reviews).toEqual({ in: 0, out: 0, quarantined: 0, duplicates: 0 });
  expect(clients.queries).toHaveLength(1);
});

test.each<[string, (sql: string) => Record<string, string | null>[], string, string[]]>([
  [
    "an error closes the gate",
    (sql) => goodAnswer(sql).map((row) => (sql.includes('"reviews"') && !isLookup(sql) ? { ...row, m3: "1" } : row)),
    "fail",
    ["reviews.key.unique"],
  ],
  [
    "a warning does not",
    (sql) => (isLookup(sql) && sql.includes('"reviews"') ? [{ key: "P9", n: "3", total: "3" }] : goodAnswer(sql)),
    "warn",
    ["reviews.product_id.references"],
  ],
])("%s", async (_, answer, verdict, failed) => {
  expect(await checkDataQuality(event(), clientsOf(lake(), answer))).toMatchObject({ verdict, failed });
});

describe("what cannot be computed is an error, not a pass:", () => {
  test("a query that fails", async () => {
    const objects = lake();
    const broken = (sql: string) => {
      if (sql.includes('FROM "processed_local"."products"')) throw new Error("Query q1 failed: INTERNAL\u0000 ERROR");
      return goodAnswer(sql);
    };
    const { verdict, failed } = await checkDataQuality(event(), clientsOf(objects, broken));
    expect(verdict).toBe("fail");
    expect(failed).toHaveLength(10);
    const checks = reportOf(objects).checks.filter((check) => check.dataset === "products");
    expect(checks.filter((check) => check.status === "passed").map((check) => check.id)).toEqual([
      "products.rows.reconciled",
      "products.rows.read",
    ]);
    expect(checks.find((check) => check.status === "error")?.reason).toBe("Query q1 failed: INTERNAL? ERROR");
  });

  test("an answer that lacks a value", async () => {
    const answer = (sql: string) => goodAnswer(sql).map(({ m0, ...row }) => row);
    expect(await checkDataQuality(event(["products"]), clientsOf(lake(["products"]), answer))).toMatchObject({
      verdict: "fail",
      failed: ["products.rows.written"],
    });
  });

  test("an answer without a row", async () => {
    expect(
      await checkDataQuality(
        event(["products"]),
        clientsOf(lake(["products"]), () => []),
      ),
    ).toMatchObject({ verdict: "fail" });
  });

  test("a warning's query that fails", async () => {
    const broken = (sql: string) => {
      if (isLookup(sql)) throw new Error("no");
      return goodAnswer(sql);
    };
    expect(await checkDataQuality(event(["reviews"]), clientsOf(lake(["reviews"]), broken))).toMatchObject({
      verdict: "fail",
      failed: ["reviews.product_id.references"],
    });
  });

  test.each<[string, unknown]>([
    ["a job that left no report", null],
    ["a job whose report is no JSON", "{"],
    ["a job that names no snapshot", jobReport("reviews", { tables: [] })],
    [
      "a snapshot that is no number",
      jobReport("reviews", { tables: [{ table: "processed_local.reviews", snapshot: "1; DROP TABLE x" }] }),
    ],
    [
      "a snapshot that is a JSON number",
      jobReport("reviews", { tables: [{ table: "processed_local.reviews", snapshot: 8_462_000_000 }] }),
    ],
    ["counts that are none", jobReport("reviews", { rows: { in: 10, out: "7", quarantined: 2, duplicates: 1 } })],
  ])("%s", async (_, report) => {
    const objects = lake(["reviews"], { reviews: report });
    if (report === null) objects.texts.delete(`${FOLDER}/jobs/review_etl.json`);
    const clients = clientsOf(objects);
    expect(await checkDataQuality(event(["reviews"]), clients)).toMatchObject({
      verdict: "fail",
      failed: ["reviews.rows.written"],
    });
    expect(clients.queries).toEqual([]);
  });
});

test("a manifest that is not there is a failure of the run", async () => {
  await expect(checkDataQuality(event(), clientsOf(new MemoryObjects()))).rejects.toThrow("There is no manifest");
});

test("records that validator and job count differently fail", async () => {
  expect(await checkDataQuality(event(["products"]), clientsOf(lake(["products"], {}, 11)))).toMatchObject({
    verdict: "fail",
    failed: ["products.rows.read"],
  });
});

describe("a reference", () => {
  test("is checked against the products of this run where it brings some, else against the published ones", async () => {
    const both = clientsOf(lake(["reviews", "products"]));
    await checkDataQuality(event(["products", "reviews"]), both);
    expect(both.queries.find((sql) => isLookup(sql))).toContain(
      'FROM "processed_local"."products" FOR VERSION AS OF 8462000000000000001)',
    );
    const alone = clientsOf(lake(["reviews"]));
    await checkDataQuality(event(["reviews"]), alone);
    expect(alone.queries.find((sql) => isLookup(sql))).toContain('FROM "processed_local"."products")');
  });

  test("is no check while there has never been a product", async () => {
    const clients = clientsOf(lake(["reviews"]), goodAnswer, {
      columnsOf: async (database, name) => (database === "raw_local" ? schemaOf(name) : undefined),
    });
    expect(await checkDataQuality(event(["reviews"]), clients)).toMatchObject({ verdict: "pass" });
    expect(clients.queries).toHaveLength(1);
  });
});

describe("earlier good runs", () => {
  const good = (date: string, run = "r0"): Item => ({ date, run });
  const past = (date: string, run = "r0", more: Partial<PastRun> = {}) => {
    const { profile, schema, counts } = pastRun(date, more);
    const report = {
      ...{ version: 1, run, date, processingTime: `${date}T23:00:00Z`, verdict: "pass", checks: [] },
      ...{ rows: { transactions: counts }, profiles: { transactions: profile }, schemas: { transactions: schema } },
    };
    return { [`runs/date=${date}/run=${run}/quality.json`]: report };
  };
  const days = ["2025-01-11", "2025-01-12", "2025-01-13", "2025-01-14"];
  const reportAfter = async (runs: Item[], reports: object, logger: Logger = silent) => {
    const objects = lake(["transactions"], {});
    for (const [key, value] of Object.entries(reports)) await objects.writeJson(key, value);
    const clients = clientsOf(objects, goodAnswer, { runs: new FakeRunLedger(runs), logger });
    await checkDataQuality(event(["transactions"]), clients);
    return reportOf(objects);
  };
  const volumeOf = ({ checks }: QualityReport) => checks.find(({ id }) => id === "transactions.rows.volume");

  test("say what is usual: the newest of each date, this date's own left out", async () => {
    const runs = [good("2025-01-15"), ...[...days].reverse().map((day) => good(day)), good("2025-01-14", "first")];
    const first = past("2025-01-14", "first", { counts: { in: 1, out: 1, quarantined: 0, duplicates: 0 } });
    const reports = Object.assign({}, past("2025-01-15"), first, ...days.map((day) => past(day)));
    const report = await reportAfter(runs, reports);
    expect(report.history).toEqual({ transactions: ["2025-01-14", "2025-01-13", "2025-01-12", "2025-01-11"] });
    expect(volumeOf(report)).toMatchObject({ status: "failed", observed: "10", expected: "707 to 1313" });
    expect(report.profiles.transactions).toMatchObject({ rows: 7 });
    // What a run checks is among what there is said to be.
    expect(checkIds("transactions")).toEqual(expect.arrayContaining(report.checks.map(({ id }) => id)));
  });

  test("whose reports are gone, damaged or old tell nothing, and stop nothing", async () => {
    const warnings: unknown[] = [];
    const logger = { ...silent, warn: (_: string, fields: unknown) => void warnings.push(fields) };
    const old = { "runs/date=2025-01-11/run=r0/quality.json": { version: 1, checks: [] } };
    const reports = Object.assign({}, past("2025-01-13"), past("2025-01-12"), old);
    const report = await reportAfter(
      [...days].reverse().map((day) => good(day)),
      reports,
      logger,
    );
    expect(report.history).toEqual({ transactions: ["2025-01-13", "2025-01-12"] });
    expect(volumeOf(report)).toBeUndefined();
    expect(warnings).toEqual([{ key: "runs/date=2025-01-11/run=r0/quality.json" }]);
  });
});

describe("the snapshot before", () => {
  const CHECK = "products.stock.exchanged.review_count";
  /** A good run of a date, with products in its report. */
  const past = (date: string, value = 0): Record<string, object> => {
    const profile = { ...pastRun(date).profile, columns: {} };
    const counts = { in: 10, out: 7, quarantined: 2, duplicates: 1 };
    const check = { id: CHECK, description: "", dataset: "products", severity: "warn", status: "passed", value };
    const report = {
      ...{ version: 1, run: "r0", date, processingTime: `${date}T23:00:00Z`, verdict: "pass", checks: [check] },
      ...{ rows: { products: counts }, profiles: { products: profile }, schemas: { products: crawled("products") } },
    };
    return { [`runs/date=${date}/run=r0/quality.json`]: report };
  };
  const checked = async (dates: readonly string[], answer: typeof goodAnswer, value = 0) => {
    const objects = lake(["products"]);
    for (const date of dates) {
      for (const [key, report] of Object.entries(past(date, value))) await objects.writeJson(key, report);
    }
    const runs = new FakeRunLedger(dates.map((date) => ({ date, run: "r0" })));
    const clients = clientsOf(objects, answer, { runs });
    const { verdict, failed } = await checkDataQuality(event(["products"]), clients);
    const report = reportOf(objects);
    const check = report.checks.find(({ id }) => id === CHECK);
    return { verdict, failed, check, report, compared: clients.queries.filter(isLookup), reused: clients.reused };
  };
  /** Answers as of tables in which so many rows read as if two columns had changed places. */
  const exchanged = (rows: number) => (sql: string) => {
    if (!isLookup(sql)) return goodAnswer(sql);
    if (!sql.includes("AS compared")) return [{ key: "P1 (stock 3 to 40, review_count 40 to 3)" }];
    const counts = [...sql.matchAll(/ AS (c\d+)/g)].map(([, name = ""]) => [name, "0"] as const);
    const place = sameKeyChecks("products").findIndex(({ id }) => id === CHECK);
    return [{ compared: "1000", ...Object.fromEntries(counts), [`c${place}`]: String(rows) }];
  };

  test("is that of the nearest good run before the date, and is asked once where nothing is wrong", async () => {
    const { verdict, check, compared, reused } = await checked(
      ["2025-01-16", "2025-01-14", "2025-01-12"],
      exchanged(0),
    );
    expect(verdict).toBe("pass");
    expect(check).toMatchObject({ status: "passed", severity: "warn", observed: "0", value: 0 });
    expect(compared).toHaveLength(1);
    expect(compared[0]).toContain("source_date = DATE '2025-01-14') o ON");
    expect(reused.every(Boolean)).toBe(true);
  });

  test("warns of columns that changed places, and names rows", async () => {
    const { verdict, failed, check, report } = await checked(["2025-01-14"], exchanged(5));
    expect({ verdict, failed }).toEqual({ verdict: "warn", failed: [CHECK] });
    expect(check).toMatchObject({
      observed: "5 of 1000 rows (0.5 %), among them P1 (stock 3 to 40, review_count 40 to 3)",
      expected: "at most 0",
    });
    expect(report.queries).toHaveLength(2);
  });

  test("does not where earlier good runs had as many", async () => {
    const dates = ["2025-01-12", "2025-01-13", "2025-01-14"];
    expect(await checked(dates, exchanged(5), 0.005)).toMatchObject({ verdict: "pass", failed: [] });
  });

  test("is not asked for on the first day, nor of what comes as events", async () => {
    expect(await checked(["2025-01-16"], exchanged(5))).toMatchObject({ compared: [], check: undefined });
    const sales = clientsOf(lake(["transactions"]), goodAnswer, {
      runs: new FakeRunLedger([{ date: "2025-01-14", run: "r0" }]),
    });
    await checkDataQuality(event(["transactions"]), sales);
    expect(sales.queries.filter((sql) => sql.includes("AS compared"))).toEqual([]);
  });

  test("that cannot be read is an error", async () => {
    const broken = (sql: string) => {
      if (isLookup(sql)) throw new Error("no");
      return goodAnswer(sql);
    };
    expect(await checked(["2025-01-14"], broken)).toMatchObject({
      verdict: "fail",
      check: { status: "error", reason: "no" },
    });
  });
});

describe("columns of the crawled table", () => {
  const checked = async (crawledColumns: Readonly<Record<string, string>>, accepted: readonly string[]) => {
    const objects = lake(["reviews"]);
    const files = [{ rows: 10, bytes: 1, columns: accepted }];
    await objects.writeJson(`${FOLDER}/manifest.json`, { version: 1, datasets: { reviews: { files, excluded: [] } } });
    await checkDataQuality(
      event(["reviews"]),
      clientsOf(objects, goodAnswer, { columnsOf: async () => crawledColumns }),
    );
    const { checks, schemas } = reportOf(objects);
    return { check: checks.find(({ id }) => id === "reviews.schema"), schema: schemas.reviews };
  };
  const usual = Object.keys(contracts.reviews.properties);

  test("that only rejected files or other dates have are nobody's drift", async () => {
    const { check, schema } = await checked({ ...crawled("reviews"), warehouse: "string", sku: "bigint" }, usual);
    expect(check).toMatchObject({ status: "passed", observed: "the same" });
    expect(schema).toEqual(crawled("reviews"));
  });

  test("that accepted files have or lack are, also where the crawler does not know them", async () => {
    const { check } = await checked({ ...crawled("reviews"), coupon: "string" }, [
      "Coupon",
      "constructor",
      ...usual.slice(1),
    ]);
    expect(check).toMatchObject({
      status: "failed",
      severity: "warn",
      observed: "coupon is new, constructor is new, review_id is gone",
    });
  });
});

test("a table that no crawler has made cannot be compared, and that is an error", async () => {
  const clients = clientsOf(lake(["reviews", "products"]), goodAnswer, {
    columnsOf: async (database, name) => (database === "raw_local" && name === "reviews" ? undefined : schemaOf(name)),
  });
  expect(await checkDataQuality(event(["products", "reviews"]), clients)).toMatchObject({
    verdict: "fail",
    failed: ["reviews.profile"],
  });
});

describe("a waiver of the contract", () => {
  const waived = async (checks: readonly string[], promote: readonly string[] = []) => {
    const waivers = checks.map((check) => ({ check, reason: "It is known.", owner: "sales", until: "2025-01-31" }));
    const change = jest.replaceProperty(contracts, "reviews", { ...contracts.reviews, "x-waivers": waivers });
    try {
      const objects = lake(["reviews"]);
      const { verdict, failed, worst } = await checkDataQuality({ ...event(["reviews"]), promote }, clientsOf(objects));
      return { verdict, failed, worst, check: reportOf(objects).checks.find(({ id }) => id === "reviews.waivers") };
    } finally {
      change.restore();
    }
  };

  test("that names no check is told in the report and in the message, and waives nothing", async () => {
    const { verdict, failed, worst, check } = await waived(["reviews.rating.maximum", "reviews.ratings.minimum"]);
    const said =
      'the waiver of sales names "reviews.ratings.minimum", which is no check (is "reviews.rating.minimum" meant?)';
    expect({ verdict, failed, worst }).toEqual({
      verdict: "warn",
      failed: ["reviews.waivers"],
      worst: [`reviews.waivers: ${said}, expected 0`],
    });
    expect(check).toMatchObject({ status: "failed", severity: "warn", observed: said, value: 1 });
  });

  test("that names none closes the gate of a run that promotes every warning", async () => {
    expect(await waived(["reviews.ratings.minimum"], ["*"])).toMatchObject({ verdict: "fail" });
  });

  test("that names one is told to do so", async () => {
    expect(await waived(["reviews.rating.maximum"])).toMatchObject({ verdict: "pass", check: { status: "passed" } });
  });
});

test("a warning that the run promotes closes the gate", async () => {
  const answer = (sql: string) => (isLookup(sql) ? [{ key: "P9", n: "3", total: "3" }] : goodAnswer(sql));
  const promoted = { ...event(["reviews"]), promote: ["reviews.product_id.references"] };
  expect(await checkDataQuality(promoted, clientsOf(lake(["reviews"]), answer))).toMatchObject({ verdict: "fail" });
});

test("the alert of a closed gate says the verdict, the three gravest checks with what was found, and where the report is", async () => {
  const objects = lake(["reviews"]);
  const wrong = [
    "reviews.key.unique",
    "reviews.review_id.required",
    "reviews.rating.minimum",
    "reviews.rating.maximum",
  ];
  const measures = ['count(DISTINCT "review_id")', '"rating" <= 5', '"rating" >= 1', '"review_id" IS NULL'];
  const answer = (sql: string) => {
    if (sql.startsWith("SELECT coalesce")) return [{ key: "R1" }];
    if (isLookup(sql)) return [{ key: "P9", n: "3", total: "3" }];
    const found = [...sql.matchAll(/^ {2}(.+) AS (m\d+),?$/gm)].filter(([, measure = ""]) =>
      measures.some((one) => measure.includes(one)),
    );
    return goodAnswer(sql).map((row) => ({ ...row, ...Object.fromEntries(found.map(([, , name]) => [name, "2"])) }));
  };
  const quality = await checkDataQuality(event(["reviews"]), clientsOf(objects, answer));
  expect(quality.failed).toEqual([...wrong, "reviews.product_id.references"]);
  // What the state machine hands on of it, and then publishes: __tests__/local/test_stepfunctions_run.py.
  const { message } = await summarizeRun(
    {
      ...run,
      status: "FAILED",
      quality,
      error: { step: "DataQualityChecks", error: "DataQualityFailed", cause: "Checks failed." },
    },
    {
      environment: "prod",
      objects,
      runs: new FakeRunLedger(),
      now: () => Date.parse("2025-01-16T02:10:00Z"),
      logger: silent,
      metrics: unmeasured,
    },
  );
  const lines = message.split("\n");
  const at = lines.findIndex((line) => line.startsWith("Data quality: fail"));
  expect(lines.slice(at, at + 8)).toEqual([
    `Data quality: fail (${FOLDER}/quality.json)`,
    ...wrong.slice(0, 3).map((id) => `  ${id}: 2, among them R1, expected 0`),
    `  ${wrong[3]}`,
    "  reviews.product_id.references",
    "  All of it: npm run pipeline -- quality --env prod --date 2025-01-15",
    `  The same as a page: ${objects.link(`${FOLDER}/quality.html`)}`,
  ]);
  expect(objects.texts.has(`${FOLDER}/quality.html`)).toBe(true);
});

test("the figures of each dataset go to CloudWatch", async () => {
  const { metrics, emitted } = rememberedMetrics();
  const clients = clientsOf(lake(["reviews", "products"]), goodAnswer, { metrics });
  await checkDataQuality(event(["products", "reviews"]), clients);
  expect(emitted.map(({ Dataset: dataset }) => dataset)).toEqual(["products", "reviews", undefined]);
  expect(emitted[2]).toEqual({
    Environment: "test",
    QualityErrors: 0,
    QualityWarnings: 0,
  });
  expect(emitted[1]).toEqual({
    Environment: "test",
    Dataset: "reviews",
    RowsIn: 10,
    RowsOut: 7,
    RowsQuarantined: 2,
    RowsDuplicate: 1,
    QuarantineRate: 20,
    QualityErrors: 0,
    QualityWarnings: 0,
    NullRate: 0,
    // The newest review is of the 15th at midnight, the run began on the 16th at 2.
    DataAge: 26 * 3600,
  });
});

test("CI systems can read the report", async () => {
  const objects = lake(["reviews", "products"], {}, 11);
  const answer = (sql: string) => (isLookup(sql) ? [{ key: "<&>", n: "3", total: "3" }] : goodAnswer(sql));
  await checkDataQuality(event(["products", "reviews"]), clientsOf(objects, answer));
  const xml = objects.texts.get(`${FOLDER}/quality.xml`) ?? "";
  expect(xml).toMatch(
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="data quality 2025-01-15" tests="\d+" failures="2" errors="0" skipped="0">/,
  );
  expect(xml.match(/<failure /g)).toHaveLength(2);
  expect(xml).toContain('<testcase classname="reviews" name="reviews.product_id.references"><system-out>Warning:');
  expect(xml).toContain("&lt;&amp;&gt; (3)");
  expect(xml.match(/<testcase /g)).toHaveLength(Number(/tests="(\d+)"/.exec(xml)?.[1]));
});

test("the page shows what did not pass first, and nothing of it can be markup", async () => {
  const objects = lake();
  const answer = (sql: string) =>
    isLookup(sql) ? [{ key: "<script>alert('x')</script>", n: "1", total: "1" }] : goodAnswer(sql);
  await checkDataQuality(event(), clientsOf(objects, answer));
  const page = objects.texts.get(`${FOLDER}/quality.html`) ?? "";
  expect(page).toContain("Passed with warnings");
  expect(page.indexOf("Did not pass")).toBeLessThan(page.indexOf("All checks"));
  expect(page).not.toContain("<script>");
  expect(page).toContain("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; (1)");
});
