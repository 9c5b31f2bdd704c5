import { DAYS_PER_MONTH } from "./bill";
import type { Measured } from "./measured";
import type { Profile } from "./profile";
import { type Runs, runsOf } from "./runs";
import type { Stack } from "./stack";

/** What a stack goes through in a month: the profile, and what follows from it. */
export interface Usage {
  readonly profile: Profile;
  readonly measured: Measured;
  /** Runs in a month. */
  readonly runs: number;
  /** How they come about. */
  readonly runsWhy: Runs["why"];
  /** Dates in a month that have runs: a date may have several. */
  readonly dates: number;
  /** Raw GB that one run takes in, on average. */
  readonly gbPerRun: number;
  /** How often what arrives is taken in. */
  readonly readings: number;
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
  const { perMonth: runs, gbPerMonth, why: runsWhy } = runsOf(stack, profile);
  const arriving = profile.gbPerDay * DAYS_PER_MONTH;
  const filesPerMonth = profile.filesPerDay * DAYS_PER_MONTH;
  const queriesPerMonth = profile.queriesPerDay * DAYS_PER_MONTH;
  return {
    profile,
    measured,
    runs,
    runsWhy,
    dates: Math.min(runs, DAYS_PER_MONTH),
    gbPerRun: runs === 0 ? 0 : gbPerMonth / runs,
    readings: arriving === 0 ? 0 : gbPerMonth / arriving,
    filesPerMonth,
    queriesPerMonth,
    puts: filesPerMonth + runs * profile.objectsPerRun + queriesPerMonth,
    gets: filesPerMonth + runs * profile.readsPerRun + queriesPerMonth * profile.readsPerQuery,
  };
}
