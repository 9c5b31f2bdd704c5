import { contracts, DATASETS, type Dataset } from "../../contracts";
import type { MetricOf } from "../lib/lake-metrics";
import {
  type Alarm,
  type AlarmLimits,
  type Chart,
  lakeMetric,
  lakeMetricOf,
  type Measures,
  type Statistic,
} from "../lib/measures";

/** What a run says comes once a run. */
const ONCE = 300;

/** By what the data is watched: what the data quality checks of each run found. */
export function qualityMeasures(environment: string, limits: AlarmLimits): Measures {
  const of = (dataset: Dataset, name: MetricOf<"Dataset">, statistic: Statistic = "Maximum", label: string = dataset) =>
    lakeMetricOf(environment, "Dataset", dataset, name, statistic, label);
  const chart = (title: string, name: MetricOf<"Dataset">, more: Partial<Chart> = {}): Chart => ({
    dashboard: "data-quality",
    title,
    series: DATASETS.map((dataset) => of(dataset, name)),
    ...more,
  });
  const dated = DATASETS.filter((dataset) => contracts[dataset]["x-event-time"] !== null);
  const quality = `npm run pipeline -- quality --env ${environment} --date newest`;
  const { dataAgeHours, quarantinePercent } = limits;

  const old = (dataset: Dataset, severity: "warning" | "page"): Alarm => ({
    of: `${dataset}-old-${severity}`,
    section: "data-old",
    severity,
    concern: "data",
    says: `The newest event in ${dataset} was more than ${dataAgeHours[severity]} hours old when the last run began: a source sends late, or the wrong files.`,
    command: `npm run pipeline -- ledger --env ${environment} --date newest`,
    series: of(dataset, "DataAge"),
    comparison: "above",
    threshold: dataAgeHours[severity] * 3_600,
    periodSeconds: ONCE,
    silence: "ignore",
  });
  const quarantined = (dataset: Dataset, severity: "warning" | "page"): Alarm => ({
    of: `${dataset}-quarantine-${severity}`,
    section: "quarantine",
    severity,
    concern: "data",
    says: `More than ${quarantinePercent[severity]} % of the records of ${dataset} in the last run broke a rule and are in quarantine: they are in no table.`,
    command: `npm run pipeline -- replay --env ${environment} --date newest --quarantined --dry-run`,
    series: of(dataset, "QuarantineRate"),
    comparison: "above",
    threshold: quarantinePercent[severity],
    periodSeconds: ONCE,
    silence: "ignore",
  });

  return {
    charts: [
      {
        dashboard: "data-quality",
        title: "Checks that failed, by severity",
        series: [
          lakeMetric(environment, "QualityErrors", "Maximum", "errors: nothing is published"),
          lakeMetric(environment, "QualityWarnings", "Maximum", "warnings"),
        ],
      },
      {
        dashboard: "data-quality",
        title: "Verdicts",
        series: [
          lakeMetric(environment, "RunsSucceeded", "Sum", "published"),
          lakeMetric(environment, "RunsRejected", "Sum", "rejected"),
          lakeMetric(environment, "RunsFailed", "Sum", "failed otherwise"),
        ],
        periodSeconds: 86_400,
      },
      chart("Errors by dataset", "QualityErrors"),
      chart("Warnings by dataset", "QualityWarnings"),
      ...DATASETS.map(
        (dataset): Chart => ({
          dashboard: "data-quality",
          title: `Volume of ${dataset}, with its band`,
          series: [
            of(dataset, "RowsIn", "Maximum", "records"),
            of(dataset, "VolumeLeast", "Maximum", "least expected"),
            of(dataset, "VolumeMost", "Maximum", "most expected"),
          ],
        }),
      ),
      chart("Rows published or to be published", "RowsOut"),
      chart("Records in quarantine", "RowsQuarantined"),
      chart("Records in quarantine, %", "QuarantineRate", {
        lines: [
          { label: "warning", value: quarantinePercent.warning },
          { label: "page", value: quarantinePercent.page },
        ],
      }),
      chart("Duplicates", "RowsDuplicate"),
      chart("Nulls in optional columns, %", "NullRate"),
      {
        dashboard: "data-quality",
        title: "Age of the newest event, s",
        series: dated.map((dataset) => of(dataset, "DataAge")),
        lines: [
          { label: "warning", value: dataAgeHours.warning * 3_600 },
          { label: "page", value: dataAgeHours.page * 3_600 },
        ],
      },
    ],
    alarms: [
      {
        of: "run-rejected",
        section: "run-rejected",
        severity: "page",
        concern: "data",
        says: "The last run's data did not pass its checks, or they could not be computed. Nothing of it was published: the tables hold what the run before it left.",
        command: quality,
        series: lakeMetric(environment, "QualityErrors", "Maximum", "errors"),
        comparison: "above",
        threshold: 0,
        periodSeconds: ONCE,
        silence: "ignore",
      },
      ...dated.flatMap((dataset) => [old(dataset, "warning"), old(dataset, "page")]),
      ...DATASETS.flatMap((dataset) => [quarantined(dataset, "warning"), quarantined(dataset, "page")]),
    ],
  };
}
