import { percent } from "./checks";
import type { ColumnProfile } from "./profile";
import {
  apart,
  band,
  DEFAULTS,
  type Found,
  figureText,
  mean,
  median,
  type PastRun,
  shares,
  sum,
  usualDistance,
  within,
} from "./usual";

/**
 * Compares a column with itself in earlier runs.
 *
 * @param id what the judgements' ids begin with.
 * @param rows of the date, of which the column is one.
 * @returns a judgement for each figure that enough earlier runs know.
 */
export function columnDrift(
  id: string,
  name: string,
  column: ColumnProfile,
  rows: number,
  past: readonly PastRun[],
): Found[] {
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
