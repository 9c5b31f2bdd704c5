import { DATASETS } from "../../contracts";
import { escapeHtml } from "./html";
import type { CheckResult, QualityReport } from "./report";

/**
 * The report as JUnit XML, which CI systems show: a suite a dataset, a case a check. Warnings pass, their finding as output: a run
 * that was published is no red build.
 *
 * @see https://github.com/testmoapp/junitxml for what tools read of it.
 */
export function renderJUnit(report: QualityReport): string {
  const suites = DATASETS.flatMap((dataset) => {
    const checks = report.checks.filter((check) => check.dataset === dataset);
    if (checks.length === 0) return [];
    return [
      `  <testsuite name="${dataset}" timestamp="${escapeHtml(report.processingTime)}" ${counts(checks)}>`,
      ...checks.map(testCase),
      "  </testsuite>",
    ];
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="data quality ${escapeHtml(report.date)}" ${counts(report.checks)}>
${suites.join("\n")}
</testsuites>
`;
}

function counts(checks: readonly CheckResult[]): string {
  const of = (test: (check: CheckResult) => boolean) => checks.filter(test).length;
  return `tests="${checks.length}" failures="${of(isFailure)}" errors="${of(({ status }) => status === "error")}" skipped="${of(({ status }) => status === "waived")}"`;
}

function isFailure({ status, severity }: CheckResult): boolean {
  return status === "failed" && severity === "error";
}

function testCase(check: CheckResult): string {
  const { id, dataset, description, status, reason, observed, expected, waiver } = check;
  const finding = escapeHtml(`${description} Found ${observed}, expected ${expected}.`);
  const head = `    <testcase classname="${dataset}" name="${escapeHtml(id)}"`;
  if (status === "error") return `${head}><error message="${escapeHtml(`${description} ${reason}`)}"/></testcase>`;
  if (status === "waived")
    return `${head}><skipped message="${escapeHtml(`${waiver?.reason} Until ${waiver?.until}.`)}"/></testcase>`;
  if (isFailure(check)) return `${head}><failure message="${finding}"/></testcase>`;
  return status === "failed" ? `${head}><system-out>Warning: ${finding}</system-out></testcase>` : `${head}/>`;
}
