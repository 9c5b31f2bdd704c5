import { lottery, type Random } from "./random";

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000;

/** Days up to the batch date on which things happen. */
const DAYS = 30;

/** How busy the shop is, by hour of the day. The last two hours are quiet, so that every visit ends on the day it began. */
const HOURS = lottery(
  [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 11, 10, 10, 11, 13, 15, 17, 18, 14].map((weight, hour) => [hour, weight]),
);

/** A moment: an index into a calendar's days, and the second of the day. */
export interface Moment {
  readonly day: number;
  readonly second: number;
}

const twoDigits = (value: number) => String(value).padStart(2, "0");
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => twoDigits(value));

/** @returns `HH:MM:SS` */
export function clock(second: number): string {
  const hours = TWO_DIGITS[Math.floor(second / 3600)];
  const minutes = TWO_DIGITS[Math.floor(second / 60) % 60];
  return `${hours}:${minutes}:${TWO_DIGITS[second % 60]}`;
}

/** The month of events that a batch of one date brings. */
export class Calendar {
  /** `YYYY-MM-DD`, oldest first; the last is the batch date. */
  readonly days: readonly string[];
  private readonly draw: readonly [number, ...number[]];

  /** @param date the batch date, `YYYY-MM-DD` */
  constructor(date: string) {
    const last = Date.parse(`${date}T00:00:00Z`);
    const dates = Array.from({ length: DAYS }, (_, index) => new Date(last - (DAYS - 1 - index) * DAY_MS));
    this.days = dates.map((day) => day.toISOString().slice(0, 10));
    // More on weekends, and a little more every week.
    this.draw = lottery(
      dates.map((day, index) => [index, 20 + Math.floor(index / 7) + (day.getUTCDay() % 6 === 0 ? 8 : 0)]),
    );
  }

  /** @returns some day's index, busy days more often */
  day(random: Random): number {
    return random.pick(this.draw);
  }

  /** @returns some moment, in busy hours more often, never after 22:00 */
  moment(random: Random): Moment {
    const day = this.day(random);
    return { day, second: random.pick(HOURS) * 3600 + random.below(3600) };
  }

  /** @returns the `YYYY-MM-DD` of a day's index */
  date(day: number): string {
    return this.days[day] ?? "";
  }
}
