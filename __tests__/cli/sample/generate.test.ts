import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { type GenerateOptions, generateSample, type SampleCounts } from "../../../cli/sample/generate";
import { contracts, DATASETS, type Dataset } from "../../../contracts";
import { type FileReport, validateStream } from "../../../functions/lib/validate-stream";

const OPTIONS = { rows: 2_000, date: "2025-01-31", seed: 1, broken: false };
const root = mkdtempSync(path.join(tmpdir(), "sample-"));
afterAll(() => {
  rmSync(root, { recursive: true });
});

async function generate(name: string, options: Partial<GenerateOptions> = {}) {
  const folder = path.join(root, name);
  return {
    folder,
    counts: await generateSample({ ...OPTIONS, ...options, folder }),
  };
}

const filesOf = (folder: string, dataset: Dataset) =>
  readdirSync(path.join(folder, dataset), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();

const fingerprint = (folder: string) =>
  DATASETS.flatMap((dataset) => filesOf(folder, dataset)).map((file) => [
    path.relative(folder, file),
    createHash("sha256").update(readFileSync(file)).digest("hex"),
  ]);

const judge = (file: string, dataset: Dataset): Promise<FileReport> =>
  validateStream(createReadStream(file), {
    dataset,
    processingTime: new Date("2026-01-01T00:00:00Z"),
  });

/** Records of a file as any reader sees them: `undefined` for one that cannot be parsed. */
function recordsOf(file: string): (Record<string, unknown> | undefined)[] {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".json")) return JSON.parse(text);
  if (file.endsWith(".csv")) return parse(text, { columns: true, bom: true, relax_column_count: true });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return undefined;
      }
    });
}

function groupBy<T>(values: readonly T[], keyOf: (value: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}

let folder: string;
let counts: Record<Dataset, SampleCounts>;
beforeAll(async () => {
  ({ folder, counts } = await generate("first"));
});

test("the same options give the same bytes; another seed, date or size others", async () => {
  const { folder: second } = await generate("second");
  expect(fingerprint(second)).toEqual(fingerprint(folder));
  const reviews = (of: string) => readFileSync(path.join(of, "reviews/web.csv"), "utf8");
  for (const [name, change] of Object.entries({
    seed: { seed: 2 },
    date: { date: "2025-02-01" },
    rows: { rows: 20_000 },
  })) {
    const { folder: other } = await generate(name, change);
    expect(reviews(other)).not.toBe(reviews(folder));
  }
});

test.each(DATASETS)(
  "%s: the validator finds as many records, bad records and files as the generator says",
  async (dataset) => {
    const expected = counts[dataset];
    const files = filesOf(folder, dataset);
    const reports = await Promise.all(files.map((file) => judge(file, dataset)));
    const accepted = new Map(
      reports.filter(({ verdict }) => verdict === "accepted").map((report) => [report.md5, report]),
    );
    const sum = (name: "rows" | "badRows") => [...accepted.values()].reduce((total, report) => total + report[name], 0);
    expect({
      rows: sum("rows"),
      bad: sum("badRows"),
      accepted: accepted.size,
    }).toEqual({
      rows: expected.rows,
      bad: expected.bad,
      accepted: expected.accepted,
    });
    expect(reports.filter(({ verdict }) => verdict === "rejected")).toHaveLength(expected.rejected);
    expect(files).toHaveLength(expected.accepted + expected.duplicate + expected.rejected);
  },
);

test.each(DATASETS)("%s: another reader finds as many repeated keys", (dataset) => {
  const key = contracts[dataset]["x-key"];
  const files = filesOf(folder, dataset).filter((file) => !/resent|stock-list/.test(file));
  const records = files.flatMap(recordsOf);
  const keys = records
    .filter(
      (record) =>
        record !== undefined && key.every((column) => typeof record[column] === "string" && record[column] !== ""),
    )
    .map((record) => JSON.stringify(key.map((column) => record?.[column])));
  expect(records).toHaveLength(counts[dataset].rows);
  expect(counts[dataset].duplicates).toBeGreaterThan(0);
  // The bad keys of generated faults are the same each time; they are no repeated records.
  const repeated = keys.filter((text, index) => !text.includes("TTTT") && keys.indexOf(text) !== index);
  expect(repeated).toHaveLength(counts[dataset].duplicates);
});

/** Every rule that a contract states, by its name in reports. */
function rulesOf(dataset: Dataset): string[] {
  const { properties, required } = contracts[dataset];
  const stated = ["enum", "minimum", "maximum", "exclusiveMinimum"];
  const names = Object.entries(properties).flatMap(([column, schema]) => [
    ...(required.includes(column) ? [`${column}.required`] : []),
    ...stated.filter((rule) => rule in schema).map((rule) => `${column}.${rule}`),
    ...("x-not-future" in schema ? [`${column}.notFuture`] : []),
    ...(schema["x-type"] === "string" ? [] : [`${column}.type`]),
  ]);
  return names;
}

test.each(DATASETS)("%s: every rule of the contract is broken by some record", async (dataset) => {
  const { folder: large } = await generate(`rules-${dataset}`, {
    rows: 20_000,
  });
  const reports = await Promise.all(filesOf(large, dataset).map((file) => judge(file, dataset)));
  const broken = new Set(reports.flatMap(({ rules }) => Object.keys(rules)));
  expect(rulesOf(dataset).filter((rule) => !broken.has(rule))).toEqual([]);
});

test("no file comes near the share of bad records at which it is rejected, however small", async () => {
  const { folder: small, counts: few } = await generate("small", {
    rows: 100,
    seed: 7,
  });
  for (const dataset of DATASETS) {
    const reports = await Promise.all(filesOf(small, dataset).map((file) => judge(file, dataset)));
    const shares = reports.filter(({ rows }) => rows > 0).map(({ rows, badRows }) => badRows / rows);
    expect(Math.max(0, ...shares)).toBeLessThanOrEqual(0.05);
    expect(reports.filter(({ verdict }) => verdict === "rejected")).toHaveLength(few[dataset].rejected);
  }
});

test("events lie in the month up to the date, customers come back, late sales are weeks old", () => {
  const sales = recordsOf(path.join(folder, "transactions/sales-001.csv"));
  const dates = sales
    .map((sale) => String(sale?.transaction_date).slice(0, 10))
    .filter((day) => /^202[45]-(12|01)-/.test(day));
  expect([dates.toSorted()[0], dates.toSorted().at(-1)]).toEqual(["2025-01-02", "2025-01-31"]);
  expect(new Set(dates).size).toBe(30);
  const late = recordsOf(path.join(folder, "transactions/late-sales.csv")).map((sale) =>
    String(sale?.transaction_date),
  );
  expect(late.filter((day) => day.startsWith("2025-01") && day >= "2025-01-10")).toEqual([]);
  const perCustomer = groupBy(sales, (sale) => sale?.customer_id);
  const numbers = [...perCustomer.values()].map(({ length }) => length).toSorted((a, b) => b - a);
  expect(numbers[0]).toBeGreaterThan(20 * (numbers[Math.floor(numbers.length / 2)] ?? 0));
});

test("a catalogue tells nearly what that of the day before told", async () => {
  const { folder: before } = await generate("before", { date: "2025-01-30" });
  const products = (of: string) =>
    new Map(
      recordsOf(path.join(of, "products/catalogue.json")).flatMap((one) =>
        /^P\d+$/.test(String(one?.product_id)) ? [[one?.product_id, one] as const] : [],
      ),
    );
  const [then, now] = [products(before), products(folder)];
  expect([...now.keys()]).toEqual([...then.keys()]);
  const steady = ({ name, brand, price, weight_kg, rating, is_active }: Record<string, unknown>) =>
    JSON.stringify({ name, brand, price, weight_kg, rating, is_active });
  let filled = 0;
  for (const [id, one] of now) {
    const last = then.get(id) ?? {};
    expect(steady(one ?? {})).toBe(steady(last));
    expect(Number(one?.review_count)).toBeGreaterThanOrEqual(Number(last.review_count));
    if (Number(one?.stock) > Number(last.stock)) filled++;
  }
  expect(filled).toBeGreaterThan(0);
  expect(filled).toBeLessThan(now.size / 10);
});

test("visits are as visits are: few buy, and who buys has been to the checkout", () => {
  const events = recordsOf(path.join(folder, "clickstream/events-001.jsonl"));
  const sessions = groupBy(events, (event) => event?.session_id);
  const types = [...sessions.values()].map((visit) => new Set(visit.map((event) => event?.event_type)));
  const share = (type: string) => types.filter((visit) => visit.has(type)).length / types.length;
  expect(share("product_view")).toBeGreaterThan(share("add_to_cart"));
  expect(share("add_to_cart")).toBeGreaterThan(share("checkout_start"));
  expect(share("checkout_start")).toBeGreaterThan(share("purchase"));
  expect(share("purchase")).toBeGreaterThan(0.005);
  const withoutCheckout = types.filter((visit) => visit.has("purchase") && !visit.has("checkout_start"));
  // One whose checkout was one of the bad records may look so.
  expect(withoutCheckout.length).toBeLessThanOrEqual(2);
});

test("reviews come in every spelling of CSV", () => {
  const read = (name: string) => readFileSync(path.join(folder, "reviews", name), "utf8");
  expect(read("stores.csv")).toContain("\r\n");
  expect(read("partners.csv").codePointAt(0)).toBe(0xfeff);
  for (const hard of ['""premium""', "light, cheap\n", "Très", "とても", "👍", "\\ damaged"])
    expect(read("web.csv")).toContain(hard);
});

test("files that must be rejected are, each for its own reason", async () => {
  const { folder: broken, counts: all } = await generate("broken", {
    broken: true,
    rows: 100,
  });
  const codes = new Map<string, string | undefined>();
  for (const dataset of DATASETS) {
    for (const file of filesOf(broken, dataset)) {
      const { verdict, code } = await judge(file, dataset);
      if (verdict === "rejected") codes.set(path.basename(file), code);
    }
    expect(all[dataset].rejected).toBe(
      filesOf(broken, dataset).filter((file) => codes.has(path.basename(file))).length,
    );
  }
  expect(Object.fromEntries(codes)).toMatchInlineSnapshot(`
    {
      "broken-cut-off.csv.gz": "truncated",
      "broken-cut-off.jsonl": "truncated",
      "broken-empty.csv": "empty",
      "broken-latin1.csv": "encoding",
      "broken-open-quote.csv": "truncated",
      "broken-reviews.csv": "other-dataset",
      "broken-syntax.json": "truncated",
      "stock-list.csv": "columns",
    }
  `);
});
