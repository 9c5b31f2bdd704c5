import { contracts, type Dataset } from "../../contracts";
import type { Metric } from "../lib/metrics";
import { freshnessId } from "./checks";
import type { QualityReport } from "./report";
import { closesGate } from "./verdict";

const MS_PER_HOUR = 3_600_000;

/** The figures of a dataset that the dashboards and alarms watch, from a run's report. */
export function metricsOf(dataset: Dataset, report: QualityReport): Metric[] {
  const checks = report.checks.filter((check) => check.dataset === dataset);
  const { in: read, out, quarantined, duplicates } = report.rows[dataset];
  const count = (name: string, value: number): Metric => ({ name, value, unit: "Count" });
  return [
    count("RowsIn", read),
    count("RowsOut", out),
    count("RowsQuarantined", quarantined),
    count("RowsDuplicate", duplicates),
    { name: "QuarantineRate", value: read === 0 ? 0 : (100 * quarantined) / read, unit: "Percent" },
    count("QualityErrors", checks.filter(closesGate).length),
    count("QualityWarnings", checks.filter((check) => check.status === "failed" && !closesGate(check)).length),
    ...nullRate(dataset, report),
    ...age(dataset, report),
  ];
}

/** Nulls among all values of the dataset's optional columns. */
function nullRate(dataset: Dataset, { profiles }: QualityReport): Metric[] {
  const profile = profiles[dataset];
  if (profile === undefined || profile.rows === 0) return [];
  const { required, properties } = contracts[dataset];
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const nulls = optional.reduce((total, name) => total + (profile.columns[name]?.nulls ?? 0), 0);
  return [{ name: "NullRate", value: (100 * nulls) / (profile.rows * Math.max(optional.length, 1)), unit: "Percent" }];
}

/** Time between the newest event and the start of the run. */
function age(dataset: Dataset, { checks, date, processingTime }: QualityReport): Metric[] {
  const id = freshnessId(dataset, contracts[dataset]["x-event-time"]);
  const hours = checks.find((check) => check.id === id)?.value;
  if (hours === undefined) return [];
  const newest = Date.parse(date) + (24 - hours) * MS_PER_HOUR;
  return [{ name: "DataAge", value: Math.max(0, Date.parse(processingTime) - newest) / 1000, unit: "Seconds" }];
}
