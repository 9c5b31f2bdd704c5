import { contracts, type Dataset } from "../../contracts";
import type { RowCounts } from "../lib/job-report";
import { type Judgement, percent, type Severity } from "./checks";
import { type ColumnProfile, daysBefore, type Profile } from "./profile";

/** What a good run left behind of a dataset. */
export interface PastRun {
  /** Its batch date. */
  readonly date: string;
  readonly counts: RowCounts;
  readonly profile: Profile;
  /** Columns of the crawled raw table and their types. */
  readonly schema: Schema;
  /** Values that the job had to compute, by column. */
  readonly computed: Readonly<Record<string, number>>;
}

/** Names of columns and their types, as the catalog has them. */
export type Schema = Readonly<Record<string, string>>;

/** A judgement of a dataset's rows as a whole, which no rule about a single row could make. */
export interface Drift extends Judgement {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
}

export const DEFAULTS = Object.freeze({
  /** Good runs, one a date, that tell what is usual, and how many there must be. */
  historyLength: 14,
  leastHistory: 3,
  /** Runs from which on the least and the most of a figure do not count. */
  trimFrom: 7,
  /** Standard errors of chance that are no news. Six: a run judges some hundred figures, and nobody reads a report that cries every week. */
  sigmas: 6,
  /** Change of a mean or a count that is no news however steady it was, as a share of it; of a share, as points of 1. */
  meanTolerance: 0.15,
  countTolerance: 0.3,
  shareTolerance: 0.01,
  /** The largest number may be so many times the largest so far. */
  mostFactor: 5,
  /** Rows that a day's neighbours have at least where a day without rows is a gap and not a quiet day. */
  gapRows: 20,
  /** Most different values of a column that is taken to know its values. */
  knownValues: 50,
  /** Share of rows that equal another, while no history says what is usual. */
  repeatedShare: 0.01,
  /** Distance of the day's course from the usual one (0–1: share of rows that lie in other hours), and of its middle in hours. */
  courseTolerance: 0.05,
  middleTolerance: 0.5,
  /** Share of rows whose text ends otherwise than usual. */
  endsTolerance: 0.1,
});

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

type Found = Omit<Drift, "severity">;

/** Changes of a schema that a report names. */
const MOST_CHANGES = 20;

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

function schemaDrift(id: string, dataset: Dataset, now: Schema, before: Schema | undefined): Found {
  // Crawlers put names into lower case. Which types they see in a file, the first run has nothing to compare with.
  const expected =
    before ?? Object.fromEntries(Object.keys(contracts[dataset].properties).map((name) => [name.toLowerCase(), ""]));
  const changes = [
    ...Object.keys(now).flatMap((name) => (name in expected ? [] : [`${name} is new`])),
    ...Object.keys(expected).flatMap((name) => (name in now ? [] : [`${name} is gone`])),
    ...Object.entries(now).flatMap(([name, type]) =>
      expected[name] && expected[name] !== type ? [`${name} was ${expected[name]}, is ${type}`] : [],
    ),
  ];
  return {
    id,
    description: `The crawled table has the columns ${before === undefined ? "of the contract" : "that it had after the last good run"}.`,
    passed: changes.length === 0,
    observed: changes.length === 0 ? "the same" : changes.slice(0, MOST_CHANGES).join(", "),
    expected: "the same",
    value: changes.length,
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

/** How far such counts lie from the usual shares, by how they did before and by chance: n rows in k groups by about √(k / 2πn) in all. */
function usualDistance(
  now: readonly number[],
  before: readonly (readonly number[])[],
  usual: readonly number[],
): number {
  const spread = Math.max(...before.map((counts) => apart(shares(counts), usual)));
  return Math.max(spread, Math.sqrt(now.length / (2 * Math.PI * sum(now))));
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

function columnDrift(id: string, name: string, column: ColumnProfile, rows: number, past: readonly PastRun[]): Found[] {
  const before = past.flatMap(({ profile }) => {
    const of = profile.columns[name];
    return of === undefined || profile.rows === 0 ? [] : [{ ...of, rows: profile.rows }];
  });
  if (before.length < DEFAULTS.leastHistory || rows === 0) return [];
  const nowAndBefore = (figure: (one: ColumnProfile & { rows: number }) => number | undefined) => {
    const now = figure({ ...column, rows });
    const then = before.map(figure).filter((value) => value !== undefined);
    return now === undefined || then.length < DEFAULTS.leastHistory ? undefined : { now, then };
  };
  const found: Found[] = [];
  const share = (what: string, description: string, figure: (one: ColumnProfile) => number) => {
    const pair = nowAndBefore((one) => figure(one) / one.rows);
    if (pair === undefined) return;
    const usual = mean(pair.then);
    const chance = Math.sqrt((usual * (1 - usual) * (1 + 1 / pair.then.length)) / rows);
    const { least, most } = band(pair.then, DEFAULTS.shareTolerance, chance);
    found.push(within(`${id}.${what}`, description, { observed: pair.now, least, most }, percent));
  };

  share("nulls", `${name} is null as often as before.`, ({ nulls }) => nulls);
  for (const value of Object.keys(column.values ?? {})) {
    share(`share.${value}`, `${name} is ${value} as often as before.`, ({ values }) => values?.[value] ?? 0);
  }

  const means = nowAndBefore((one) => one.mean);
  if (means !== undefined) {
    // What is off makes its own deviation large: that of earlier runs is the measure of chance.
    const chance = median(before.map((one) => one.deviation ?? 0)) / Math.sqrt(rows);
    const { least, most } = band(means.then, DEFAULTS.meanTolerance * Math.abs(median(means.then)), chance);
    found.push(within(`${id}.mean`, `The mean of ${name} is as before.`, { observed: means.now, least, most }));
  }
  const mosts = nowAndBefore((one) => one.most);
  if (mosts !== undefined && Math.max(...mosts.then) > 0) {
    const most = Math.max(...mosts.then) * DEFAULTS.mostFactor;
    found.push({
      id: `${id}.most`,
      description: `The largest ${name} is not many times the largest before.`,
      passed: mosts.now <= most,
      observed: figureText(mosts.now),
      expected: `at most ${figureText(most)}`,
      value: mosts.now,
    });
  }
  const distincts = nowAndBefore((one) => one.distinct);
  if (distincts !== undefined) found.push(distinctDrift(id, name, rows, column, before));
  return [...found, ...textDrift(id, name, column, before), ...endsDrift(id, name, column, before)];
}

/** A column of few values knows them; of many, they are in proportion to the rows. */
function distinctDrift(
  id: string,
  name: string,
  rows: number,
  { distinct = 0 }: ColumnProfile,
  before: readonly (ColumnProfile & { rows: number })[],
): Found {
  const then = before.map((one) => one.distinct ?? 0);
  const most = Math.max(...then);
  const isSteady = most <= DEFAULTS.knownValues && Math.min(...then) === most;
  if (isSteady) {
    return {
      id: `${id}.distinct`,
      description: `${name} has no more different values than ever: two columns may have changed places.`,
      passed: distinct <= most,
      observed: String(distinct),
      expected: `at most ${most}`,
      value: distinct,
    };
  }
  const perRow = then.map((count, index) => count / (before[index]?.rows ?? 1));
  // With more rows, values come again: the bounds are what rows and values make each by itself.
  const bySize = band(then, DEFAULTS.countTolerance * median(then));
  const byShare = band(perRow, DEFAULTS.countTolerance * median(perRow));
  return within(`${id}.distinct`, `${name} has as many different values as before.`, {
    observed: distinct,
    least: Math.min(bySize.least, byShare.least * rows),
    most: Math.max(bySize.most, byShare.most * rows) + DEFAULTS.sigmas,
  });
}

/** Whether one value, or a few, stand where many used to. */
function endsDrift(id: string, name: string, { ends: now }: ColumnProfile, before: readonly ColumnProfile[]): Found[] {
  const then = before.flatMap(({ ends }) => (ends === undefined || sum(ends) === 0 ? [] : [ends]));
  if (now === undefined || sum(now) === 0 || then.length < DEFAULTS.leastHistory) return [];
  const usual = now.map((_, end) => mean(then.map((ends) => (ends[end] ?? 0) / sum(ends))));
  const distance = apart(shares(now), usual);
  const limit = DEFAULTS.endsTolerance + 2 * usualDistance(now, then, usual);
  return [
    {
      id: `${id}.crowded`,
      description: `The values of ${name} are spread as before: one value may stand in the place of many.`,
      passed: distance <= limit,
      observed: `${percent(distance)} elsewhere`,
      expected: `at most ${percent(limit)}`,
      value: distance,
    },
  ];
}

/** What texts always began with, and always were long. */
function textDrift(id: string, name: string, column: ColumnProfile, before: readonly ColumnProfile[]): Found[] {
  const found: Found[] = [];
  const [first] = new Set(before.flatMap((one) => [one.first, one.last]));
  const beginsAlike = new Set(before.flatMap((one) => [one.first, one.last])).size === 1;
  if (beginsAlike && first !== undefined && column.first !== undefined) {
    found.push({
      id: `${id}.begins`,
      description: `${name} begins as it always did: two columns may have changed places.`,
      passed: column.first === first && column.last === first,
      observed: column.first === column.last ? `"${column.first}"` : `"${column.first}" to "${column.last}"`,
      expected: `"${first}"`,
    });
  }
  const lengths = new Set(before.flatMap((one) => [one.shortest, one.longest]));
  const [length] = lengths;
  if (lengths.size === 1 && length !== undefined && column.shortest !== undefined) {
    found.push({
      id: `${id}.length`,
      description: `${name} is as long as it always was.`,
      passed: column.shortest === length && column.longest === length,
      observed: `${column.shortest} to ${column.longest} characters`,
      expected: `${length} characters`,
    });
  } else if (column.length !== undefined) {
    const then = before.map((one) => one.length).filter((value) => value !== undefined);
    if (then.length >= DEFAULTS.leastHistory) {
      const { least, most } = band(then, DEFAULTS.meanTolerance * median(then) + 1);
      found.push(
        within(`${id}.length`, `${name} is as long on average as before.`, { observed: column.length, least, most }),
      );
    }
  }
  return found;
}

function within(
  id: string,
  description: string,
  { observed, least, most }: { readonly observed: number; readonly least: number; readonly most: number },
  text: (value: number) => string = figureText,
): Found {
  return {
    id,
    description,
    passed: observed >= least && observed <= most,
    observed: text(observed),
    expected: `${text(least)} to ${text(most)}`,
    value: observed,
    band: { least, most },
  };
}

/**
 * Where a figure may lie that was these before: from the least to the most, for weekends differ from other days, and so far beyond. Of
 * many runs the least and the most are left out: one odd run that was published nevertheless does not make the next one usual.
 */
function band(before: readonly number[], tolerance: number, chance = 0): { least: number; most: number } {
  const sorted = [...before].sort((a, b) => a - b);
  const kept = sorted.length < DEFAULTS.trimFrom ? sorted : sorted.slice(1, -1);
  const reach = Math.max(tolerance, DEFAULTS.sigmas * chance);
  return { least: (kept[0] ?? 0) - reach, most: (kept.at(-1) ?? 0) + reach };
}

/** The largest count that is no news where so many are usual. */
function atMost(usual: number): number {
  return Math.floor(usual + DEFAULTS.sigmas * Math.sqrt(usual) + 2);
}

function shares(counts: readonly number[]): number[] {
  return counts.map((count) => count / sum(counts));
}

/** Share of the rows of one distribution that lie elsewhere in the other. */
function apart(a: readonly number[], b: readonly number[]): number {
  return sum(a.map((share, index) => Math.abs(share - (b[index] ?? 0)))) / 2;
}

/** The course of a day whose clock is set back by so many hours. */
function rotated(course: readonly number[], hours: number): number[] {
  return course.map((_, hour) => course[(hour + hours) % course.length] ?? 0);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function figureText(value: number): string {
  return String(Number(value.toPrecision(5)));
}
