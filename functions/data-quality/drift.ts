import { contracts, type Dataset } from "../../contracts";
import type { RowCounts } from "../lib/job-report";
import { percent } from "./checks";
import { columnDrift } from "./column-drift";
import { daysBefore, type Profile } from "./profile";
import { schemaDrift } from "./schema";
import {
  apart,
  atMost,
  band,
  DEFAULTS,
  type Drift,
  type Found,
  mean,
  median,
  type PastRun,
  shares,
  sum,
  usualDistance,
  within,
} from "./usual";

/**
 * Compares a dataset's rows with those of earlier good runs: what no rule forbids but has never been so, such as amounts in cents, two
 * columns that have changed places, hours in another zone, or rows that came twice under new keys.
 *
 * @param history earlier good runs, one a date, the newest first. Fewer than `leastHistory` judge nothing but gaps and repetitions.
 * @returns a judgement for each figure that can be compared, warnings all: they say what is unusual, not what is wrong.
 */
export function driftOf(
  dataset: Dataset,
  date: string,
  now: Omit<PastRun, "date">,
  history: readonly PastRun[],
): Drift[] {
  const past = history.slice(0, DEFAULTS.historyLength);
  const id = (name: string) => `${dataset}.${name}`;
  return [
    gap(id("rows.gap"), date, now.profile),
    repeated(id("rows.repeated"), now.profile, past),
    schemaDrift(id("schema"), dataset, now.schema, past[0]?.schema),
    ...(past.length < DEFAULTS.leastHistory
      ? []
      : [
          volume(id("rows.volume"), now.counts, past),
          setAside(id("rows.quarantined"), "put into quarantine", "quarantined", now.counts, past),
          setAside(id("rows.duplicates"), "dropped as duplicates", "duplicates", now.counts, past),
          ...repaired(id(""), now, past),
          ...hours(id(`${contracts[dataset]["x-event-time"]}`), now.profile, past),
          ...Object.entries(now.profile.columns).flatMap(([name, column]) =>
            columnDrift(id(name), name, column, now.profile.rows, past),
          ),
        ]),
  ].map((drift) => ({ severity: "warn" as const, ...drift }));
}

function gap(id: string, date: string, { days }: Profile): Found {
  const missing = days.flatMap((rows, day) => {
    const least = Math.min(days[day - 1] ?? 0, days[day + 1] ?? 0);
    return rows === 0 && least >= DEFAULTS.gapRows ? [daysBefore(date, day)] : [];
  });
  return {
    id,
    description: `No day is without rows while the days around it have ${DEFAULTS.gapRows} or more.`,
    passed: missing.length === 0,
    observed: missing.length === 0 ? "none" : missing.join(", "),
    expected: "none",
    value: missing.length,
  };
}

function repeated(id: string, { rows, repeated: observed }: Profile, past: readonly PastRun[]): Found {
  const shares = past.map(({ profile }) => profile.repeated / Math.max(profile.rows, 1));
  const usual = shares.length < DEFAULTS.leastHistory ? DEFAULTS.repeatedShare : Math.max(...shares);
  const most = atMost(usual * rows);
  return {
    id,
    description:
      "Rows that equal another in all but the key are as rare as they were: a file may have come twice under new keys.",
    passed: observed <= most,
    observed: String(observed),
    expected: `at most ${most}`,
    value: observed,
  };
}

function volume(id: string, counts: RowCounts, past: readonly PastRun[]): Found {
  const before = past.map((run) => run.counts.in);
  const { least, most } = band(before, DEFAULTS.countTolerance * median(before));
  return within(id, `As many records as in the last ${before.length} good runs (${before.join(", ")}), give or take.`, {
    observed: counts.in,
    least: Math.max(0, Math.floor(least)),
    most: Math.ceil(most),
  });
}

function setAside(
  id: string,
  what: string,
  kind: "quarantined" | "duplicates",
  counts: RowCounts,
  past: readonly PastRun[],
): Found {
  const usual = Math.max(...past.map((run) => run.counts[kind] / Math.max(run.counts.in, 1)));
  const most = atMost(usual * counts.in);
  return {
    id,
    description: `No larger share of the records than before is ${what}.`,
    passed: counts[kind] <= most,
    observed: String(counts[kind]),
    expected: `at most ${most}`,
    value: counts[kind],
  };
}

/** Values that were missing or off, and so were computed: the tables are right, the source is not. */
function repaired(prefix: string, { computed, counts }: Omit<PastRun, "date">, past: readonly PastRun[]): Found[] {
  return Object.entries(computed).flatMap(([column, observed]) => {
    const before = past.flatMap((run) => {
      const times = run.computed[column];
      return times === undefined ? [] : [times / Math.max(run.counts.in, 1)];
    });
    if (before.length < DEFAULTS.leastHistory) return [];
    const most = atMost(Math.max(...before) * counts.in);
    return [
      {
        id: `${prefix}${column}.repaired`,
        description: `No larger share of ${column} than before was missing or off, and had to be computed.`,
        passed: observed <= most,
        observed: String(observed),
        expected: `at most ${most}`,
        value: observed,
      },
    ];
  });
}

/** The course of the day: which share of the rows is in other hours, and where its middle lies. Little of a shift shows in the one alone. */
function hours(id: string, { hours: now }: Profile, past: readonly PastRun[]): Found[] {
  const days = past.map(({ profile }) => profile.hours).filter((day) => sum(day) > 0);
  if (sum(now) === 0 || days.length < DEFAULTS.leastHistory) return [];
  const usual = now.map((_, hour) => mean(days.map((day) => (day[hour] ?? 0) / sum(day))));
  const course = shares(now);
  const distance = apart(course, usual);
  const limit = DEFAULTS.courseTolerance + 2 * usualDistance(now, days, usual);
  const shifts = now.map((_, shift) => apart(rotated(course, shift), usual));
  const best = shifts.indexOf(Math.min(...shifts));
  const hint = best === 0 ? "" : `; as if the clock were ${best <= 12 ? `${best} h ahead` : `${24 - best} h behind`}`;
  return [
    {
      id: `${id}.course`,
      description: "Rows lie in the hours of the day in which they used to: times may be in another zone.",
      passed: distance <= limit,
      observed: `${percent(distance)} in other hours${distance <= limit ? "" : hint}`,
      expected: `at most ${percent(limit)}`,
      value: distance,
    },
    middleOfDay(`${id}.middle`, now, usual, days),
  ];
}

function middleOfDay(
  id: string,
  now: readonly number[],
  usual: readonly number[],
  days: readonly (readonly number[])[],
): Found {
  const { hour: centre, strength } = middle(usual);
  // In hours from the usual middle, −12 to 12, so that midnight is no edge.
  const from = (hours: readonly number[]) => ((((middle(hours).hour - centre + 12) % 24) + 24) % 24) - 12;
  const chance = 24 / (2 * Math.PI * Math.max(strength, 0.01) * Math.sqrt(sum(now)));
  const { least, most } = band(days.map(from), DEFAULTS.middleTolerance, chance);
  return within(
    id,
    "The middle of the day's course lies where it used to: times may be in another zone.",
    {
      observed: from(now),
      least,
      most,
    },
    (hours) => `${hours < 0 ? "−" : "+"}${Math.abs(hours).toFixed(1)} h`,
  );
}

/** Where the rows of a day lie on the clock's face: the hour that they point to, and how much they agree on it (0–1). */
function middle(hours: readonly number[]): { readonly hour: number; readonly strength: number } {
  const angle = (hour: number) => ((hour + 0.5) / 24) * 2 * Math.PI;
  const x = sum(hours.map((rows, hour) => rows * Math.cos(angle(hour)))) / sum(hours);
  const y = sum(hours.map((rows, hour) => rows * Math.sin(angle(hour)))) / sum(hours);
  return { hour: (Math.atan2(y, x) / (2 * Math.PI)) * 24, strength: Math.hypot(x, y) };
}

/** The course of a day whose clock is set back by so many hours. */
function rotated(course: readonly number[], hours: number): number[] {
  return course.map((_, hour) => course[(hour + hours) % course.length] ?? 0);
}
