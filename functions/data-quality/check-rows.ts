import type { CheckResult, QualityReport } from "./report";

/** A row of the table `data_quality_checks`, by the names of its contract. */
export interface CheckRow {
  readonly run: string;
  readonly checked_at: string;
  readonly verdict: string;
  readonly dataset: string;
  readonly check_id: string;
  readonly severity: string;
  readonly status: string;
  readonly value: number | null;
  readonly observed: string | null;
  readonly expected: string | null;
  readonly reason: string | null;
}

/** The report's checks as JSON lines, a row each, which Athena reads as a table. */
export function checkLines(report: QualityReport): string {
  return report.checks.map((check) => `${JSON.stringify(checkRow(report, check))}\n`).join("");
}

function checkRow({ run, processingTime, verdict }: QualityReport, check: CheckResult): CheckRow {
  const { dataset, id, severity, status, value = null, observed = null, expected = null, waiver } = check;
  return {
    run,
    // As Hive writes times: the SerDe takes no others without being told.
    checked_at: new Date(processingTime).toISOString().replace("T", " ").replace("Z", ""),
    verdict,
    dataset,
    check_id: id,
    severity,
    status,
    value,
    observed,
    expected,
    reason: check.reason ?? (status === "waived" ? (waiver?.reason ?? null) : null),
  };
}
