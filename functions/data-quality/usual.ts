import type { RowCounts } from "../lib/job-report";
import type { Judgement, Severity } from "./checks";
import type { Profile } from "./profile";
import type { Schema } from "./schema";

/** What a good run left behind of a dataset. */
export interface PastRun {
  /** Its batch date. */
  readonly date: string;
  readonly counts: RowCounts;
  readonly profile: Profile;
  /** Columns of the accepted files and their types. */
  readonly schema: Schema;
  /** Values that the job had to compute, by column. */
  readonly computed: Readonly<Record<string, number>>;
}

/** A judgement of a dataset's rows as a whole, which no rule about a single row could make. */
export interface Drift extends Judgement {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
}

/** The same before it has a severity. */
export type Found = Omit<Drift, "severity">;

/** From where on something is unusual. */
export const DEFAULTS = Object.freeze({
  /** Good runs, one a date, that tell what is usual, and how many there must be. */
  historyLength: 14,
  leastHistory: 3,
  /** Runs from which on the least and the most of a figure do not count. */
  trimFrom: 7,
  /** Standard errors of chance that are no news. Six: a run judges some hundred figures, and nobody reads a report that cries every week. */
  sigmas: 6,
  /** Rows that are no news however rare they were. */
  spareRows: 2,
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

/** Judges a figure by where it may lie. @param text how people read it */
export function within(
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
export function band(before: readonly number[], tolerance: number, chance = 0): { least: number; most: number } {
  const sorted = [...before].sort((a, b) => a - b);
  const kept = sorted.length < DEFAULTS.trimFrom ? sorted : sorted.slice(1, -1);
  const reach = Math.max(tolerance, DEFAULTS.sigmas * chance);
  return { least: (kept[0] ?? 0) - reach, most: (kept.at(-1) ?? 0) + reach };
}

/** The largest count that is no news where so many are usual. @param spare of them are no news however rare they were */
export function atMost(usual: number, spare: number = DEFAULTS.spareRows): number {
  return Math.floor(usual + DEFAULTS.sigmas * Math.sqrt(usual) + spare);
}

/** What part of all each of the counts is. */
export function shares(counts: readonly number[]): number[] {
  return counts.map((count) => count / sum(counts));
}

/** Share of the rows of one distribution that lie elsewhere in the other. */
export function apart(a: readonly number[], b: readonly number[]): number {
  return sum(a.map((share, index) => Math.abs(share - (b[index] ?? 0)))) / 2;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** All of them together. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What they are on average. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** A figure as people read it. */
export function figureText(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** How far such counts lie from the usual shares, by how they did before and by chance: n rows in k groups by about √(k / 2πn) in all. */
export function usualDistance(
  now: readonly number[],
  before: readonly (readonly number[])[],
  usual: readonly number[],
): number {
  const spread = Math.max(...before.map((counts) => apart(shares(counts), usual)));
  return Math.max(spread, Math.sqrt(now.length / (2 * Math.PI * sum(now))));
}
