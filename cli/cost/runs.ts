import { DATASETS } from "../../contracts";
import { DEFAULTS } from "../../modules/orchestration/settings";
import { DAYS_PER_MONTH } from "./bill";
import type { Profile } from "./profile";
import { numberOf } from "./resources";
import { type Stack, scheduledRuns } from "./stack";

const MINUTE = 60;

/** The runs of a month. */
export interface Runs {
  readonly perMonth: number;
  /** Raw GB that all of them read: each reads what its date has by then. */
  readonly gbPerMonth: number;
  /** How they come about, in a sentence. */
  readonly why: string;
}

/**
 * How many runs a stack has in a month. Each strike of its schedule is one, for the day before. Uploads start others: what arrives is gathered for
 * the window of the upload trigger, then a run is started for it, and what arrives while that goes on waits for the next.
 *
 * @param stack tells the schedule, and the window
 * @param profile tells how files arrive, and how long a run takes; or how many runs there are
 */
export function runsOf(stack: Stack, profile: Profile): Runs {
  const arriving = profile.gbPerDay * DAYS_PER_MONTH;
  const given = (perMonth: number, why: string): Runs => ({
    perMonth,
    gbPerMonth: perMonth === 0 ? 0 : arriving,
    why: `${round(perMonth)} runs a month, ${why}`,
  });
  if (profile.runsPerMonth !== undefined) return given(profile.runsPerMonth, "as it was said");

  const scheduled = scheduledRuns(stack);
  const { daily, why } = uploadRuns(stack, profile);
  if (scheduled + daily === 0) return given(profile.unscheduledRuns, "as assumed where nothing starts any");
  // Of a day's runs that uploads start, each reads what those before it read, and what has come since.
  const perUploadDay = (profile.gbPerDay * (daily + 1)) / 2;
  return {
    perMonth: scheduled + daily * DAYS_PER_MONTH,
    gbPerMonth: scheduled * profile.gbPerDay + (daily === 0 ? 0 : perUploadDay * DAYS_PER_MONTH),
    why: `${round(scheduled + daily * DAYS_PER_MONTH)} runs a month: ${round(scheduled)} by the schedule, ${daily} a day by uploads${why}`,
  };
}

/** Runs that uploads start in a day, and how that is worked out. */
function uploadRuns(
  stack: Stack,
  { filesPerDay, arrivalMinutes, runMinutes }: Profile,
): { daily: number; why: string } {
  const windows = stack
    .ofType("aws_lambda_event_source_mapping")
    .map(({ values }) => numberOf(values, "maximum_batching_window_in_seconds", 0));
  const window = Math.max(0, ...windows);
  if (window === 0 || filesPerDay === 0) return { daily: 0, why: "" };
  const cycle = window + runMinutes * MINUTE;
  const daily = Math.min(filesPerDay, Math.max(1, Math.ceil((arrivalMinutes * MINUTE) / cycle)));
  return {
    daily,
    why: ` (${round(filesPerDay)} files in ${round(arrivalMinutes)} min; a run at most each ${round(cycle)} s: the window of ${window} s and ${round(runMinutes)} min of a run)`,
  };
}

/**
 * Batches of files that a run validates, each by a child execution of its own.
 *
 * @param files of a run's date, all datasets alike
 */
export function batchesOf(files: number): number {
  return DATASETS.length * Math.ceil(files / DATASETS.length / DEFAULTS.filesPerBatch);
}

const round = (value: number) => String(Number(value.toFixed(1)));
