import { contracts, type Waiver } from "../../../contracts";
import type { CheckResult } from "../../../functions/data-quality/report";
import { failedChecks, verdictOf, weigh } from "../../../functions/data-quality/verdict";

const check = (id: string, more: Partial<CheckResult> = {}): CheckResult => ({
  id,
  description: "It is so.",
  dataset: "reviews",
  severity: "error",
  status: "passed",
  ...more,
});
const failed = { status: "failed" } as const;
const warning = { status: "failed", severity: "warn" } as const;

test.each<[string, CheckResult[]]>([
  ["pass", [check("a"), check("b", { severity: "warn" })]],
  ["warn", [check("a"), check("b", warning)]],
  ["warn", [check("a", { status: "waived" })]],
  ["fail", [check("a", failed), check("b", warning)]],
  ["fail", [check("a", { status: "error", severity: "warn" })]],
])("%s", (verdict, checks) => {
  expect(verdictOf(checks)).toBe(verdict);
});

test("the gravest come first, what is waived last", () => {
  const checks = [
    check("waived", { status: "waived" }),
    check("warns", warning),
    check("good"),
    check("fails", failed),
  ];
  expect(failedChecks(checks).map(({ id }) => id)).toEqual(["fails", "warns", "waived"]);
});

test.each<[string, string[], string]>([
  ["named", ["b"], "error"],
  ["all", ["*"], "error"],
  ["another", ["c"], "warn"],
])("a warning is promoted for a run: %s", (_, promote, severity) => {
  const [a, b] = weigh([check("a", failed), check("b", warning)], "2025-01-15", promote);
  expect(a).toEqual(check("a", failed));
  expect(b).toMatchObject({ severity, status: "failed" });
  expect(verdictOf([check("x"), ...(b ? [b] : [])])).toBe(severity === "error" ? "fail" : "warn");
});

describe("a waiver", () => {
  const waiver: Waiver = { check: "a", reason: "The shop mends it.", owner: "sales", until: "2025-01-15" };
  let change: { restore(): void };
  beforeEach(() => {
    change = jest.replaceProperty(contracts, "reviews", { ...contracts.reviews, "x-waivers": [waiver] });
  });
  afterEach(() => change.restore());
  const weighed = (date: string, more: Partial<CheckResult>) => weigh([check("a", more)], date, [])[0];

  test("lets a check fail up to its last day", () => {
    expect(weighed("2025-01-15", failed)).toMatchObject({ status: "waived", waiver });
  });

  test("is over the day after, and the report says so", () => {
    expect(weighed("2025-01-16", failed)).toMatchObject({ status: "failed", waiver });
  });

  test("counts as long as the one that holds longest, where there are several", () => {
    const waivers = [waiver, { ...waiver, until: "2025-02-28" }, { ...waiver, until: "2024-12-31" }];
    change.restore();
    change = jest.replaceProperty(contracts, "reviews", { ...contracts.reviews, "x-waivers": waivers });
    expect(weighed("2025-02-28", failed)).toMatchObject({ status: "waived", waiver: { until: "2025-02-28" } });
    expect(weighed("2025-03-01", failed)).toMatchObject({ status: "failed" });
  });

  test("does not waive what could not be computed", () => {
    expect(weighed("2025-01-15", { status: "error" })).toMatchObject({ status: "error" });
  });

  test("says nothing of a check that passes, or of others", () => {
    expect(weighed("2025-01-15", {})).toEqual(check("a"));
    expect(weigh([check("b", failed)], "2025-01-15", [])).toEqual([check("b", failed)]);
  });
});
