import { timesPerMonth } from "../../../cli/cost/schedule";

const MONTH = 365 / 12;

test.each([
  ["cron(0 3 * * ? *)", MONTH],
  ["cron(0 3,15 * * ? *)", 2 * MONTH],
  ["cron(0/15 * * * ? *)", MONTH * 24 * 4],
  ["cron(0 3 ? * MON-FRI *)", (MONTH * 5) / 7],
  ["cron(0 3 ? * 2 *)", MONTH / 7],
  ["cron(0 3 1 * ? *)", MONTH / 31],
  ["cron(0 3 1 1/3 ? *)", ((MONTH / 31) * 4) / 12],
  ["rate(1 day)", MONTH],
  ["rate(12 hours)", 2 * MONTH],
  ["rate(5 minutes)", MONTH * 24 * 12],
  ["at(2025-01-31T03:00:00)", 0],
  ["", 0],
])("%s strikes %f times a month", (expression, times) => {
  expect(timesPerMonth(expression)).toBeCloseTo(times, 6);
});
