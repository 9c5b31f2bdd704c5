import { DATASETS } from "../../contracts";
import { type AlarmLimits, type Chart, lakeMetric, lakeMetricOf, type Measures } from "../lib/measures";

const HOUR = 3_600;

/** What becomes of a file. */
const FATES = [
  ["accepted", "FilesAccepted"],
  ["rejected", "FilesRejected"],
  ["duplicate", "FilesDuplicate"],
] as const;

/** By what arriving files are watched: what the validator decided, when it did. */
export function fileMeasures(environment: string, { rejectedFiles }: AlarmLimits): Measures {
  return {
    charts: [
      {
        dashboard: "pipeline-health",
        title: "Files",
        series: FATES.map(([fate, name]) => lakeMetric(environment, name, "Sum", fate)),
        periodSeconds: HOUR,
      },
      ...FATES.map(
        ([fate, name]): Chart => ({
          dashboard: "data-quality",
          title: `Files ${fate}, by dataset`,
          series: DATASETS.map((dataset) => lakeMetricOf(environment, "Dataset", dataset, name, "Sum")),
          periodSeconds: HOUR,
        }),
      ),
    ],
    alarms: [
      {
        of: "rejected-files",
        section: "rejected-files",
        severity: "warning",
        concern: "data",
        says: `More than ${rejectedFiles} files were rejected within an hour: nothing of them is read. Each has its reason in the file ledger.`,
        command: `npm run pipeline -- ledger --env ${environment} --state rejected --last 20`,
        series: lakeMetric(environment, "FilesRejected", "Sum", "rejected"),
        comparison: "above",
        threshold: rejectedFiles,
        periodSeconds: HOUR,
        silence: "notBreaching",
      },
    ],
  };
}
