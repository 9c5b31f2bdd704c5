import type { Dataset } from "../../contracts";
import type { RunContext } from "../lib/event";
import type { RowCounts } from "../lib/job-report";
import { printable } from "../lib/printable";
import type { Judgement, Severity } from "./checks";

/** How a check came out; `error`: it could not be computed. */
export interface CheckResult extends Partial<Judgement> {
  readonly id: string;
  readonly description: string;
  readonly dataset: Dataset;
  readonly severity: Severity;
  readonly status: "passed" | "failed" | "error";
  /** Why it could not be computed. */
  readonly reason?: string;
}

export type Verdict = "pass" | "warn" | "fail";

/** What a query of the checks cost. */
export interface QueryCost {
  readonly dataset: Dataset;
  readonly bytesScanned: number;
  readonly milliseconds: number;
}

/** The report of a run's checks. */
export interface QualityReport extends RunContext {
  readonly version: 1;
  readonly verdict: Verdict;
  readonly rows: Readonly<Record<Dataset, RowCounts>>;
  readonly checks: readonly CheckResult[];
  readonly queries: readonly QueryCost[];
}

/** `fail` where an error-severity check failed or any could not be computed, `warn` where another failed. */
export function verdictOf(checks: readonly CheckResult[]): Verdict {
  if (checks.some(closesGate)) return "fail";
  return checks.some((check) => check.status === "failed") ? "warn" : "pass";
}

/** The checks that did not pass, the gravest first. */
export function failedChecks(checks: readonly CheckResult[]): CheckResult[] {
  const failed = checks.filter((check) => check.status !== "passed");
  return [...failed.filter(closesGate), ...failed.filter((check) => !closesGate(check))];
}

function closesGate(check: CheckResult): boolean {
  return check.status === "error" || (check.status === "failed" && check.severity === "error");
}

/** The report as one page: the verdict first, then what did not pass, then everything. */
export function renderHtml(report: QualityReport): string {
  const failed = failedChecks(report.checks);
  const words = { pass: "All checks passed", warn: "Passed with warnings", fail: "Failed: nothing was published" };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Data quality ${escapeHtml(report.date)}: ${report.verdict}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d2330; }
h1 { border-left: .5rem solid; padding-left: .8rem; }
.pass, .passed { color: #1b7f3b; } .warn { color: #9a6700; } .fail, .failed, .error { color: #b3261e; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde1e8; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1 class="${report.verdict}">${words[report.verdict]}</h1>
<p>Batch date <b>${escapeHtml(report.date)}</b>, run ${escapeHtml(report.run)}, started ${escapeHtml(report.processingTime)}. ${report.checks.length} checks, ${failed.length} of them did not pass.</p>
<h2>Records</h2>
<table>
<tr><th>dataset</th><th>in</th><th>out</th><th>quarantined</th><th>duplicates</th></tr>
${Object.entries(report.rows)
  .map(
    ([dataset, rows]) =>
      `<tr><td>${dataset}</td>${[rows.in, rows.out, rows.quarantined, rows.duplicates].map((n) => `<td class="number">${n}</td>`).join("")}</tr>`,
  )
  .join("\n")}
</table>
${failed.length === 0 ? "" : `<h2>Did not pass</h2>\n${renderChecks(failed)}`}
<h2>All checks</h2>
${renderChecks(report.checks)}
</body>
</html>
`;
}

function renderChecks(checks: readonly CheckResult[]): string {
  const rows = checks.map(
    (check) =>
      `<tr><td class="${check.status}">${check.status}</td><td>${check.severity}</td><td>${escapeHtml(check.id)}</td><td>${escapeHtml(check.description)}</td><td>${escapeHtml(check.reason ?? check.observed ?? "")}</td><td>${escapeHtml(check.expected ?? "")}</td></tr>`,
  );
  return `<table>\n<tr><th>status</th><th>severity</th><th>check</th><th>meaning</th><th>found</th><th>expected</th></tr>\n${rows.join("\n")}\n</table>`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return printable(text, 1_000).replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
