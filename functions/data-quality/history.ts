import { type Dataset, isDataset } from "../../contracts";
import type { Item } from "../lib/dynamo";
import { NO_ROWS } from "../lib/job-report";
import type { LakeObjects } from "../lib/lake-objects";
import { runKey } from "../lib/lake-paths";
import type { Logger } from "../lib/logger";
import { sideBySide } from "../lib/side-by-side";
import type { Trends } from "./html";
import type { QualityReport } from "./report";
import { DEFAULTS, type PastRun } from "./usual";

/** What earlier good runs left behind. */
export interface History {
  /** Of a dataset: one run a date, the newest first. */
  of(dataset: Dataset): readonly PastRun[];
  readonly trends: Trends;
}

/** Reports read at a time. */
const AT_ONCE = 8;

/**
 * Reads the reports of earlier good runs: the newest run of each of the latest batch dates, this one's left out.
 *
 * @param runs runs that succeeded, as the run ledger has them, the newest first.
 */
export async function readHistory(
  runs: readonly Item[],
  date: string,
  objects: LakeObjects,
  logger: Logger,
): Promise<History> {
  const reports: QualityReport[] = [];
  await sideBySide(newestOfEachDate(runs, date), AT_ONCE, async (run) => {
    const report = await readReport(run, objects, logger);
    if (report !== undefined) reports.push(report);
  });
  reports.sort((a, b) => b.processingTime.localeCompare(a.processingTime));
  const trends = new Map<string, number[]>();
  for (const { id, value } of reports.flatMap(({ checks }) => checks)) {
    if (value !== undefined) trends.set(id, [...(trends.get(id) ?? []), value]);
  }
  return {
    of: (dataset) =>
      reports.flatMap(({ date, profiles, schemas, rows, computed = {} }) => {
        const [profile, schema] = [profiles[dataset], schemas[dataset]];
        return profile === undefined || schema === undefined
          ? []
          : [{ date, profile, schema, counts: rows[dataset] ?? NO_ROWS, computed: computed[dataset] ?? {} }];
      }),
    trends,
  };
}

/** More than are compared: not every date brings every dataset. */
const MOST_REPORTS = 2 * DEFAULTS.historyLength;

function newestOfEachDate(runs: readonly Item[], date: string): { run: string; date: string }[] {
  const newest = new Map<string, string>();
  for (const item of runs) {
    if (typeof item.date !== "string" || typeof item.run !== "string" || item.date === date) continue;
    if (!newest.has(item.date)) newest.set(item.date, item.run);
  }
  return [...newest].slice(0, MOST_REPORTS).map(([day, run]) => ({ run, date: day }));
}

/** A report that cannot be read tells nothing, and the run goes on: it has been a good one. */
async function readReport(
  run: { run: string; date: string },
  objects: LakeObjects,
  logger: Logger,
): Promise<QualityReport | undefined> {
  const key = runKey(run, "quality.json");
  try {
    const report = await objects.readJson(key);
    if (isReport(report)) return report;
    if (report !== undefined) logger.warn("an earlier report tells nothing", { key });
  } catch (error) {
    logger.warn("an earlier report cannot be read", { key, reason: String(error) });
  }
  return undefined;
}

/** Whether a value is a report with profiles: reports of this deployment's predecessors have none. */
function isReport(value: unknown): value is QualityReport {
  return (
    typeof value === "object" &&
    value !== null &&
    "profiles" in value &&
    typeof value.profiles === "object" &&
    value.profiles !== null &&
    Object.keys(value.profiles).every(isDataset)
  );
}
