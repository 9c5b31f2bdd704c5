import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alarms, caught } from "../../bench/quality/caught";
import { Corpus, type Outcome } from "../../bench/quality/corpus";
import { damaged, damageFiles, readFiles } from "../../bench/quality/damage";
import { DEFECTS, type Defect } from "../../bench/quality/defects";
import { Engine } from "../../bench/quality/engine";
import { readFindings, writeFindings } from "../../bench/quality/results";
import { ReusedAnswers } from "../../bench/quality/reused-answers";
import { failures, text } from "../../bench/quality/table";
import { byDataset, type ExcludedFile, type Manifest } from "../../functions/lib/manifest";

const defect = (name: string, dataset = "transactions"): Defect => {
  const found = DEFECTS.find((one) => one.name === name && one.dataset === dataset);
  if (found === undefined) throw new Error(`There is no defect ${name} of ${dataset}.`);
  return found;
};
const nothing: Defect = { name: "nothing", dataset: "transactions", change: (row) => row };

describe("a defect", () => {
  const rows = Array.from({ length: 1_000 }, (_, index) => ({
    transaction_id: `T20250115-0${String(index).padStart(3, "0")}`,
    quantity: "1",
  }));
  const broken = (share: number) =>
    damaged(defect("quantity 0"), rows, share).filter(({ row }) => row.quantity === "0").length;

  test.each([
    [0.5, 500],
    [0.01, 10],
    [0.0001, 1],
  ])("in a share of %d of 1,000 rows is in %d of them", (share, hit) => {
    expect(broken(share)).toBe(hit);
  });

  test("adds rows beside those that it hits", () => {
    const result = damaged(defect("rows again under new keys"), rows, 0.5);
    expect(result).toHaveLength(1_500);
    expect(new Set(result.map(({ row }) => row.transaction_id)).size).toBe(1_500);
  });

  test("has a name of its own, and one way to do harm", () => {
    expect(new Set(DEFECTS.map(({ name, dataset }) => `${dataset} ${name}`)).size).toBe(DEFECTS.length);
    for (const one of DEFECTS) {
      expect([one.change, one.add, one.all, one.file, one.stale].filter((way) => way !== undefined)).toHaveLength(1);
    }
  });
});

describe("damaged files", () => {
  const file = (name: string, content: string, change: Defect, share = 1) => {
    const folder = mkdtempSync(join(tmpdir(), "commerce-lake-damage-"));
    try {
      writeFileSync(join(folder, name), content);
      damageFiles(folder, change, share);
      return readFiles(folder).get(name)?.toString("utf8");
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("of CSV keep the fields that the defect leaves alone", () => {
    const csv = 'customer_id,product_id,note\nC1,P1,"a, ""b"""\n';
    expect(file("a.csv", csv, nothing)).toBe(csv);
    expect(file("a.csv", csv, defect("customer and product swapped"))).toBe(
      'customer_id,product_id,note\nP1,C1,"a, ""b"""\n',
    );
    expect(file("a.csv", csv, defect("header of swapped columns"))).toBe(
      'product_id,customer_id,note\nC1,P1,"a, ""b"""\n',
    );
  });

  test("of JSON keep types, nulls and lines that are no objects", () => {
    const lines = '{"page":"/","browser":null,"n":1}\nno object\n';
    expect(file("a.jsonl", lines, { ...nothing, dataset: "clickstream" })).toBe(lines);
    expect(file("a.jsonl", lines, defect("page and browser swapped", "clickstream"))).toBe(
      '{"page":null,"browser":"/","n":1}\nno object\n',
    );
    const array = '[{"price":1.5,"stock":3,"is_active":true,"rating":null}]';
    expect(file("a.json", array, defect("negative stock", "products"))).toBe(array.replace("3", "-1"));
    expect(file("a.json", array, defect("prices in cents", "products"))).toBe(array.replace("1.5", "150"));
  });
});

describe("whether a defect was caught", () => {
  const outcome = (failed: readonly string[], aside = 0, excluded: readonly ExcludedFile[] = []): Outcome => {
    const checks = failed.map((id) => ({
      id,
      description: "",
      dataset: "transactions" as const,
      severity: id.startsWith("!") ? ("error" as const) : ("warn" as const),
      status: "failed" as const,
    }));
    const rows = { in: 10, out: 10 - aside, quarantined: aside, duplicates: 0 };
    const none = { in: 0, out: 0, quarantined: 0, duplicates: 0 };
    return {
      excluded,
      report: {
        version: 1,
        run: "r",
        date: "2025-01-15",
        processingTime: "2025-01-16T06:00:00Z",
        verdict: failed.some((id) => id.startsWith("!")) ? "fail" : failed.length > 0 ? "warn" : "pass",
        rows: { transactions: rows, products: none, clickstream: none, reviews: none },
        checks,
        profiles: {},
        schemas: {},
        history: {},
        queries: [],
      },
    };
  };
  const clean = outcome(["usual"], 2);

  test("is known from what is not said of the same day without it", () => {
    expect(caught("transactions", outcome(["usual"], 2), clean)).toEqual({ way: "missed", by: "" });
    expect(caught("transactions", outcome(["usual"], 3), clean)).toEqual({ way: "rows", by: "1 rows" });
    expect(caught("transactions", outcome(["usual", "new"], 2), clean)).toEqual({ way: "warning", by: "new" });
    expect(caught("transactions", outcome(["usual", "!new"], 2), clean)).toEqual({ way: "gate", by: "!new" });
    const refused = [{ key: "a.csv", state: "rejected" as const, reason: "cut off" }];
    expect(caught("transactions", outcome([], 0, refused), clean)).toEqual({ way: "file", by: "cut off" });
    expect(caught("transactions", outcome(["usual"], 2, refused), { ...clean, excluded: refused }).way).toBe("missed");
  });

  test("counts as a failure only where it must be caught", () => {
    const missed = { way: "missed", by: "" } as const;
    const found = [
      { defect: nothing, share: 0.0001, ...missed },
      { defect: nothing, share: 0.01, ...missed },
      { defect: { ...nothing, least: 0.5 }, share: 0.01, ...missed },
    ];
    expect(failures(found)).toEqual([found[1]]);
    const said = text(found, [{ day: "2025-01-20", checks: ["a.b"] }], 200).join("\n");
    expect(said).toContain("0 of 3 caught; of the 1 that must be, 1 missed. 1 of 200 clean days with a false alarm.");
    expect(said).toContain("2025-01-20: a.b");
  });
});

test("what several calls found is put together as it was", () => {
  const folder = mkdtempSync(join(tmpdir(), "commerce-lake-findings-"));
  try {
    const [one, other] = [join(folder, "1.json"), join(folder, "2.json")];
    const finding = { defect: defect("quantity 0"), share: 0.5, way: "file", by: "too many" } as const;
    const alarm = { day: "2025-01-20", checks: ["a.b"] };
    writeFindings(one, { cleanDays: 7, falseAlarms: [alarm], found: [finding] });
    writeFindings(other, { cleanDays: 5, falseAlarms: [], found: [{ ...finding, share: 0.01 }] });
    expect(readFindings([one, other])).toEqual({
      cleanDays: 12,
      falseAlarms: [alarm],
      found: [finding, { ...finding, share: 0.01 }],
    });
    writeFileSync(other, readFileSync(one, "utf8").replace("quantity 0", "quantity 00"));
    expect(() => readFindings([other])).toThrow('The corpus has no defect "quantity 00" of transactions.');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("answers are used again", () => {
  const context = { run: "r", date: "2025-01-15", processingTime: "2025-01-16T06:00:00Z" };
  // What else a manifest says of files is not looked at.
  const manifest = (md5: string, date = context.date) =>
    ({
      ...context,
      version: 1,
      bucket: "corpus",
      date,
      datasets: byDataset(() => ({ files: [{ key: "a.csv", md5 }], excluded: [] })),
    }) as unknown as Manifest;
  const counting = () => {
    const loads: string[] = [];
    const queries: string[] = [];
    const loaded = { rows: { in: 1, out: 1, quarantined: 0, duplicates: 0 }, reasons: {}, computed: {} };
    const engine = new ReusedAnswers({
      load: async (dataset) => {
        loads.push(dataset);
        return loaded;
      },
      query: async (sql) => {
        queries.push(sql);
        return { rows: [], bytesScanned: 0, milliseconds: 0, reused: false };
      },
    });
    return { engine, loads, queries };
  };

  test("where a dataset's files are those of last time, and nowhere else", async () => {
    const { engine, loads } = counting();
    const snapshot = async (dataset: "reviews" | "products", md5: string, date?: string) =>
      (await engine.load(dataset, "/", manifest(md5, date))).snapshot;
    const first = await snapshot("reviews", "a");
    expect(first).toMatch(/^\d+$/);
    expect(await snapshot("reviews", "a")).toBe(first);
    expect(loads).toEqual(["reviews"]);
    expect(new Set([first, await snapshot("reviews", "b"), await snapshot("products", "a")]).size).toBe(3);
    // Back again: the table holds what came last.
    expect(await snapshot("reviews", "a")).toBe(first);
    expect(await snapshot("reviews", "a", "2025-01-16")).not.toBe(first);
    expect(loads).toEqual(["reviews", "reviews", "products", "reviews", "reviews"]);
  });

  test("where the checks say that an earlier result does", async () => {
    const { engine, queries } = counting();
    for (const reuse of [1_440, 1_440, undefined, undefined]) await engine.query("SELECT 1", "processed", [], reuse);
    expect(queries).toHaveLength(3);
  });
});

test("days are judged by the real code: good ones pass, a broken rule and a swapped column are seen", async () => {
  const engine = new Engine();
  try {
    const corpus = new Corpus(engine, 1_000, 1);
    for (const day of ["2025-01-01", "2025-01-02", "2025-01-03"]) await corpus.judge(day);
    const clean = await corpus.judge("2025-01-04");
    expect(alarms(clean)).toEqual([]);
    expect(clean.report.history.transactions).toHaveLength(3);
    expect(clean.excluded.map(({ key, state }) => `${state} ${key}`)).toEqual([
      "duplicate transactions/resent/late-sales.csv",
      "rejected reviews/stock-list.csv",
    ]);
    const how = async (one: Defect, share?: number) =>
      caught(one.dataset, await corpus.judge("2025-01-04", one, share), clean).way;
    expect(await how(nothing)).toBe("missed");
    expect(await how(defect("quantity 0"), 0.0001)).toBe("rows");
    expect(await how(defect("customer and product swapped"), 0.5)).toBe("warning");
    expect(await how(defect("yesterday's files, renamed"))).toBe("file");
  } finally {
    await engine.close();
  }
}, 240_000);
