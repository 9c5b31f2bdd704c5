import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BatchResult, type Summary, summaryLines, writeSummary } from "../../../cli/lib/summary";

const files = { accepted: 2, duplicate: 1, rejected: 0 };
const rows = { in: 1000, out: 975, quarantined: 21, duplicates: 4 };
const none = { in: 0, out: 0, quarantined: 0, duplicates: 0 };
const summary: Summary = {
  status: "SUCCEEDED",
  date: "2025-01-31",
  executionArn: "arn:x",
  files: {
    transactions: files,
    products: files,
    clickstream: files,
    reviews: { accepted: 0, duplicate: 0, rejected: 1 },
  },
  rows: { transactions: rows, products: rows, clickstream: rows, reviews: none },
  kpis: [{ date: "2025-01-30", orders: 1234, revenue: 5494.26, conversion_rate: null }],
  failures: [],
  durations: { ValidateFiles: 1.5 },
};
const result: BatchResult = {
  summary,
  excluded: [
    { dataset: "reviews", key: "raw/reviews/date=2025-01-31/x.csv", state: "rejected", reason: "The file is empty." },
  ],
  quality: {
    verdict: "warn",
    report: "runs/x/quality.json",
    page: "http://localhost/lake/runs/x/quality.html",
    failed: ["reviews.volume", "reviews.mean"],
    worst: ["reviews.volume: 3, expected 70 to 90"],
  },
  failure: undefined,
};
const text = (value: BatchResult) => summaryLines(value).join("\n");

test("people see which datasets failed alone, where and why", () => {
  const failures = [{ dataset: "reviews", step: "EtlJobs", error: "States.TaskFailed", cause: "it broke" }] as const;
  const lines = text({ ...result, summary: { ...summary, status: "PARTIAL", failures } });
  expect(lines).toMatch(
    /^Batch of 2025-01-31: PARTIAL\n\n {2}reviews failed at EtlJobs: States.TaskFailed\n {4}it broke\n/,
  );
});

test("people see files, rows, what was left out and why, the verdict and the day's figures", () => {
  const lines = text(result);
  expect(lines).toMatch(/^Batch of 2025-01-31: SUCCEEDED/);
  expect(lines).toMatch(/files +accepted +duplicate +rejected/);
  expect(lines).toMatch(/transactions +2 +1 +0\n/);
  expect(lines).toMatch(/transactions +1,000 +975 +21 +4\n/);
  expect(lines).toMatch(/rejected +raw\/reviews\/date=2025-01-31\/x\.csv\n +The file is empty\./);
  expect(lines).toContain("Data quality: warn\n    reviews.volume");
  expect(lines).toContain("Key figures of 2025-01-30, the newest day of the batch");
  expect(lines).toMatch(/orders +revenue +conversion rate\n.*\n +1,234 +5,494\.26 +–/);
});

test("a batch that failed says where and why; one that found nothing says so", () => {
  const failure = { step: "EtlJobs", error: "States.TaskFailed", cause: "first line\nsecond line" };
  const failed = text({ ...result, summary: { ...summary, status: "FAILED", kpis: [] }, failure });
  expect(failed).toContain("Failed at EtlJobs: States.TaskFailed\n    first line\n    second line");
  const nothing = { accepted: 0, duplicate: 0, rejected: 0 };
  const empty = { transactions: nothing, products: nothing, clickstream: nothing, reviews: nothing };
  const message = "There is no file for 2025-01-31: nothing was done, and the tables stay as they are.";
  expect(text({ ...result, summary: { ...summary, files: empty } })).toContain(message);
  expect(text(result)).not.toContain(message);
});

test("the file holds the summary, in folders that are made where they are missing", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "summary-"));
  const file = path.join(folder, "a/b.json");
  writeSummary(file, summary);
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(summary);
  rmSync(folder, { recursive: true });
});
