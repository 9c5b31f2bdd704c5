import { DAYS_PER_MONTH } from "./bill";
import type { Measured } from "./measured";
import type { Profile } from "./profile";
import { type Stack, scheduledRuns } from "./stack";

/** What a stack goes through in a month: the profile, and what follows from it. */
export interface Usage {
  readonly profile: Profile;
  readonly measured: Measured;
  /** Runs in a month. */
  readonly runs: number;
  /** Raw GB that one run takes in. */
  readonly gbPerRun: number;
  readonly filesPerMonth: number;
  readonly queriesPerMonth: number;
  /** Objects written to S3 in a month. */
  readonly puts: number;
  /** Requests that read from S3 in a month. */
  readonly gets: number;
}

/**
 * @param stack tells how often runs are due
 * @param profile how the lake is used
 * @param measured what the jobs take
 */
export function usageOf(stack: Stack, profile: Profile, measured: Measured): Usage {
  const runs = profile.runsPerMonth ?? (scheduledRuns(stack) || profile.unscheduledRuns);
  const filesPerMonth = profile.filesPerDay * DAYS_PER_MONTH;
  const queriesPerMonth = profile.queriesPerDay * DAYS_PER_MONTH;
  return {
    profile,
    measured,
    runs,
    gbPerRun: runs === 0 ? 0 : (profile.gbPerDay * DAYS_PER_MONTH) / runs,
    filesPerMonth,
    queriesPerMonth,
    puts: filesPerMonth + runs * profile.objectsPerRun + queriesPerMonth,
    gets: filesPerMonth + runs * profile.readsPerRun + queriesPerMonth * profile.readsPerQuery,
  };
}
