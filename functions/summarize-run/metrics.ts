import type { Item } from "../lib/dynamo";
import type { Figures } from "../lib/metrics";
import { type RunFacts, secondsOf } from "./summary";

export const DEFAULTS = Object.freeze({
  /** Earlier good runs that say how long a run usually takes: at most, and at least for there to be a usual. */
  mostPast: 14,
  leastPast: 3,
});

const MS_PER_DAY = 86_400_000;

/**
 * The figures of a run that came to its end, be it without some of its datasets.
 *
 * @param past earlier runs that succeeded, as the run ledger has them, the newest first; this one may be among them.
 */
export function figuresOfRun(facts: RunFacts, past: readonly Item[]): Figures<"environment"> {
  const seconds = secondsOf(facts);
  // A run without files is over in no time, and neither usual nor slow.
  const usual = facts.bytes === 0 ? undefined : usualSeconds(past.filter(({ run }) => run !== facts.run));
  return {
    RunsSucceeded: facts.status === "SUCCEEDED" ? 1 : 0,
    RunsPartial: facts.status === "PARTIAL" ? 1 : 0,
    RunsFailed: 0,
    RunsRejected: 0,
    ...(isDue(facts) ? { DueRunsSucceeded: 1 } : {}),
    RunSeconds: seconds,
    RunBytes: facts.bytes,
    ...(usual === undefined || usual === 0 ? {} : { RunSlowness: seconds / usual }),
  };
}

/** Whether a run is of the day before it began, or of a later one: a backfill of old dates does not make up for the run of today. */
function isDue({ date, processingTime }: RunFacts): boolean {
  const today = Date.parse(processingTime.slice(0, "YYYY-MM-DD".length));
  return Date.parse(date) >= today - MS_PER_DAY;
}

/** The middle one of the last good runs that read anything; undefined where there are too few. */
function usualSeconds(past: readonly Item[]): number | undefined {
  const times = past
    .flatMap(({ seconds, bytes }) => (typeof seconds === "number" && bytes !== 0 ? [seconds] : []))
    .slice(0, DEFAULTS.mostPast)
    .sort((a, b) => a - b);
  return times.length < DEFAULTS.leastPast ? undefined : times[Math.floor(times.length / 2)];
}
