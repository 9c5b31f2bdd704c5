import type { Bill, Line } from "./bill";

/** A line of two bills. */
export interface Change {
  readonly service: string;
  readonly item: string;
  /** US dollars a month; 0 where the line is not there. */
  readonly before: number;
  readonly after: number;
}

/** What becomes of a bill. */
export interface Comparison {
  /** Lines that differ by more than half a cent, the largest difference first. */
  readonly changes: readonly Change[];
  readonly before: number;
  readonly after: number;
}

/** Dollars that nobody sees in a table of cents. */
const UNSEEN = 0.005;

/**
 * @param before a bill
 * @param after the bill that comes of it
 * @returns what differs, by service and item
 */
export function compare(before: Bill, after: Bill): Comparison {
  const changes = new Map<string, Change>();
  const add = (side: "before" | "after") => (one: Line) => {
    const key = `${one.service}\n${one.item}`;
    const known = changes.get(key) ?? { service: one.service, item: one.item, before: 0, after: 0 };
    changes.set(key, { ...known, [side]: known[side] + one.usd });
  };
  before.lines.forEach(add("before"));
  after.lines.forEach(add("after"));
  const difference = (one: Change) => Math.abs(one.after - one.before);
  return {
    changes: [...changes.values()]
      .filter((one) => difference(one) > UNSEEN)
      .sort((a, b) => difference(b) - difference(a)),
    before: before.total,
    after: after.total,
  };
}
