import { DAYS_PER_MONTH } from "./bill";

const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const;
const DAY_SECONDS = SECONDS.day;

/**
 * How often a schedule of AWS strikes in a month of average length.
 *
 * @param expression `rate(…)`, `cron(…)` or `at(…)`, which strikes once and counts as never
 * @returns times a month
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function timesPerMonth(expression: string): number {
  const [, kind = "", body = ""] = /^(rate|cron|at)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === "rate") {
    const [, amount = "1", unit = ""] = /^(\d+)\s+(minute|hour|day)s?$/.exec(body.trim()) ?? [];
    const seconds = unit === "minute" || unit === "hour" || unit === "day" ? SECONDS[unit] : DAY_SECONDS;
    return (DAYS_PER_MONTH * DAY_SECONDS) / (Number(amount) * seconds);
  }
  if (kind !== "cron") return 0;
  const [minute = "*", hour = "*", day = "*", month = "*", weekday = "*"] = body.trim().split(/\s+/);
  const daily = strikes(minute, 60) * strikes(hour, 24);
  const days = DAYS_PER_MONTH * Math.min(1, strikes(day, 31) / 31) * (strikes(weekday, 7) / 7);
  return daily * days * (strikes(month, 12) / 12);
}

/** How many values of a range of `size` a field of a cron expression takes. */
function strikes(field: string, size: number): number {
  const number = (text: string) => DAYS.indexOf(text.toUpperCase()) + 1 || Number(text);
  const taken = field.split(",").reduce((sum, part) => {
    const [range = "*", step = "1"] = part.split("/");
    const [from = "", to] = range.split("-");
    const open = range === "*" || range === "?";
    const span = open
      ? size
      : to === undefined
        ? part.includes("/")
          ? size - number(from)
          : 1
        : number(to) - number(from) + 1;
    return sum + Math.ceil(span / Number(step));
  }, 0);
  return Number.isFinite(taken) ? Math.min(Math.max(taken, 0), size) : 1;
}

const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
