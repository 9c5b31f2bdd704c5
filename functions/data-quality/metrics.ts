import { contracts, type Dataset } from "../../contracts";
import type { Figures } from "../lib/metrics";
import { freshnessId } from "./checks";
import type { CheckResult, QualityReport } from "./report";
import { closesGate } from "./verdict";

const MS_PER_HOUR = 3_600_000;

/** The figures of a dataset that the dashboards and alarms watch, from a run's report. */
export function figuresOf(dataset: Dataset, report: QualityReport): Figures<"Dataset"> {
  const checks = report.checks.filter((check) => check.dataset === dataset);
  const { in: read, out, quarantined, duplicates } = report.rows[dataset];
  const band = checks.find(({ id }) => id === `${dataset}.rows.volume`)?.band;
  return {
    RowsIn: read,
    RowsOut: out,
    RowsQuarantined: quarantined,
    RowsDuplicate: duplicates,
    QuarantineRate: read === 0 ? 0 : (100 * quarantined) / read,
    ...counted(checks),
    ...nullRate(dataset, report),
    ...age(dataset, report),
    ...(band === undefined ? {} : { VolumeLeast: band.least, VolumeMost: band.most }),
  };
}

/** The figures of the whole. */
export function figuresOfRun({ checks }: QualityReport): Figures<"environment"> {
  return counted(checks);
}

function counted(checks: readonly CheckResult[]) {
  return {
    QualityErrors: checks.filter(closesGate).length,
    QualityWarnings: checks.filter((check) => check.status === "failed" && !closesGate(check)).length,
  };
}

/** Nulls among all values of the dataset's optional columns. */
function nullRate(dataset: Dataset, { profiles }: QualityReport): Figures<"Dataset"> {
  const profile = profiles[dataset];
  if (profile === undefined || profile.rows === 0) return {};
  const { required, properties } = contracts[dataset];
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  const nulls = optional.reduce((total, name) => total + (profile.columns[name]?.nulls ?? 0), 0);
  return { NullRate: (100 * nulls) / (profile.rows * Math.max(optional.length, 1)) };
}

/** Time between the newest event and the start of the run. */
function age(dataset: Dataset, { checks, date, processingTime }: QualityReport): Figures<"Dataset"> {
  const id = freshnessId(dataset, contracts[dataset]["x-event-time"]);
  const hours = checks.find((check) => check.id === id)?.value;
  if (hours === undefined) return {};
  const newest = Date.parse(date) + (24 - hours) * MS_PER_HOUR;
  return { DataAge: Math.max(0, Date.parse(processingTime) - newest) / 1000 };
}
