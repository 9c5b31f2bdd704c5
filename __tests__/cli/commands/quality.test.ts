import { qualityLines } from "../../../cli/commands/quality";
import type { CheckResult, QualityReport } from "../../../functions/data-quality/report";

const NONE = { in: 0, out: 0, quarantined: 0, duplicates: 0 };
const check = (id: string, more: Partial<CheckResult> = {}): CheckResult => ({
  id: `reviews.${id}`,
  description: "It is so.",
  dataset: "reviews",
  severity: "error",
  status: "passed",
  observed: "0",
  expected: "0",
  ...more,
});
const report = (...checks: CheckResult[]): QualityReport => ({
  version: 1,
  run: "r1",
  date: "2025-01-15",
  processingTime: "2025-01-16T02:00:00Z",
  verdict: "fail",
  rows: { transactions: NONE, products: NONE, clickstream: NONE, reviews: { ...NONE, in: 1_300, out: 1_234 } },
  checks,
  profiles: {},
  schemas: {},
  history: { reviews: ["2025-01-14", "2025-01-13"] },
  queries: [
    { dataset: "reviews", bytesScanned: 4_000, milliseconds: 1_500 },
    { dataset: "reviews", bytesScanned: 96, milliseconds: 500 },
  ],
});

test("the report is the verdict, what it rests on, and what did not pass, the gravest first", () => {
  const { observed: _, expected: __, ...schema } = check("schema", { status: "error" });
  const uncomputed = { ...schema, reason: "There is no table." };
  const waiver = { check: "reviews.rating.minimum", reason: "The shop mends it.", owner: "sales", until: "2025-01-31" };
  const lines = qualityLines(
    report(
      check("rating.mean", { severity: "warn", status: "failed", observed: "1.2", expected: "3 to 5" }),
      check("rating.minimum", { status: "waived", observed: "3", waiver }),
      check("rating.maximum"),
      check("rows.volume", { status: "failed", promoted: true, observed: "9\u202e", expected: "70 to 90" }),
      uncomputed,
    ),
  );
  expect(lines).toEqual([
    "  Data quality of 2025-01-15, run r1: FAILED: not fit to be published",
    "",
    "  dataset  checks  did not pass  compared with   rows  bytes read   took",
    "  ───────  ──────  ────────────  ─────────────  ─────  ──────────  ─────",
    "  reviews       5             4         2 runs  1,234       4,096  2.0 s",
    "",
    "  status             check                   found                                                     expected",
    "  ─────────────────  ──────────────────────  ────────────────────────────────────────────────────────  ────────",
    "  FAILED (promoted)  reviews.rows.volume     9?                                                        70 to 90",
    "  error              reviews.schema          There is no table.",
    "  warning            reviews.rating.mean     1.2                                                       3 to 5",
    "  waived             reviews.rating.minimum  3 (waiver of sales until 2025-01-31: The shop mends it.)  0",
  ]);
});

test("a report without a fault has no second table", () => {
  expect(qualityLines({ ...report(check("rating.maximum")), verdict: "pass" })).toHaveLength(5);
});
