import { monthlyCost, type Profile, profile, type Resource } from "../../../cli/cost";
import { DAYS_PER_MONTH } from "../../../cli/cost/bill";
import { batchesOf, runsOf } from "../../../cli/cost/runs";
import { explainBill } from "../../../cli/cost/show";
import { stackOf } from "../../../cli/cost/stack";
import { MEASURED, resource, several } from "./stacks";

const SCHEDULE = resource("aws_scheduler_schedule", {
  schedule_expression: "cron(0 3 * * ? *)",
  target: { arn: "arn:aws:states:us-east-1:1:stateMachine:lake" },
});
const trigger = (window: number) =>
  resource("aws_lambda_event_source_mapping", { maximum_batching_window_in_seconds: window });

const runs = (resources: readonly Resource[], changes: Partial<Profile> = {}) =>
  runsOf(stackOf(resources), profile(changes));

/** Runs in a day. */
const daily = (resources: readonly Resource[], changes: Partial<Profile>) =>
  runs(resources, changes).perMonth / DAYS_PER_MONTH;

test("a delivery in the night is one run, and the schedule another", () => {
  // 40 files in 5 min: 300 s of at most one run each 300 + 600 s.
  expect(runs([SCHEDULE, trigger(300)])).toMatchObject({
    perMonth: 2 * DAYS_PER_MONTH,
    gbPerMonth: 20 * DAYS_PER_MONTH,
  });
  expect(daily([trigger(300)], {})).toBeCloseTo(1, 10);
  expect(daily([trigger(300)], { arrivalMinutes: 0 })).toBeCloseTo(1, 10);
});

test("files that come all day are gathered for the window and while a run goes on", () => {
  // 6 h = 21,600 s: ÷ (300 + 600) = 24; ÷ (60 + 600) = 32.7; ÷ (300 + 1,800) = 10.3.
  const sixHours = { arrivalMinutes: 360 };
  expect(daily([trigger(300)], sixHours)).toBeCloseTo(24, 10);
  expect(daily([trigger(60)], sixHours)).toBeCloseTo(33, 10);
  expect(daily([trigger(300)], { ...sixHours, runMinutes: 30 })).toBeCloseTo(11, 10);
  // 86,400 s ÷ 900 = 96, but there are 40 files alone.
  expect(daily([trigger(300)], { arrivalMinutes: 1440 })).toBeCloseTo(40, 10);
});

test("each run of a day reads what came before it too", () => {
  // 24 runs of 10 GB ÷ 24 × 1, 2, … 24: 10 × 25 ÷ 2 = 125 GB a day; the scheduled run reads 10 more.
  const read = (resources: readonly Resource[]) => runs(resources, { arrivalMinutes: 360 }).gbPerMonth / DAYS_PER_MONTH;
  expect(read([trigger(300)])).toBeCloseTo(125, 10);
  expect(read([SCHEDULE, trigger(300)])).toBeCloseTo(135, 10);
});

test("where nothing starts runs they are assumed; where they are given, they are those", () => {
  const assumed = { perMonth: 22, gbPerMonth: 10 * DAYS_PER_MONTH };
  expect(runs([])).toMatchObject(assumed);
  expect(runs([trigger(300)], { filesPerDay: 0 })).toMatchObject(assumed);
  expect(runs([trigger(0)])).toMatchObject(assumed);
  expect(runs([SCHEDULE, trigger(300)], { runsPerMonth: 3 })).toMatchObject({ ...assumed, perMonth: 3 });
  expect(runs([SCHEDULE, trigger(300)], { runsPerMonth: 0 })).toMatchObject({ perMonth: 0, gbPerMonth: 0 });
});

test("files are validated a hundred of a dataset at a time", () => {
  // Four datasets: 10, 100 and 101 files of each, and none.
  expect([40, 400, 404, 0].map(batchesOf)).toEqual([4, 4, 8, 0]);
});

test("the bill follows: transitions, crawls, and rows that are written again", () => {
  const lake = [
    SCHEDULE,
    trigger(300),
    resource("aws_sfn_state_machine"),
    ...several(4, "aws_glue_crawler"),
    resource("aws_s3_bucket_lifecycle_configuration", {
      rule: [
        { status: "Enabled", filter: [{ prefix: "raw/" }] },
        {
          status: "Enabled",
          filter: [{ prefix: "curated/" }],
          noncurrent_version_expiration: [{ noncurrent_days: 30 }],
        },
      ],
    }),
  ];
  const bill = monthlyCost(lake, profile(), MEASURED);
  const usd = (item: string) => bill.lines.find((line) => line.item === item)?.usd;
  // 60.833 runs × (156 + 4 × 2) × $0.025 a thousand = $0.2494.
  expect(usd("State transitions")).toBeCloseTo(0.2494, 4);
  // 4 × 60.833 × 2 DPU × 1/6 h × $0.44 = $35.69.
  expect(usd("Crawlers")).toBeCloseTo(35.6889, 4);
  // 10 GB × 0.5 × 30 × $0.023 = $3.45, once as assumed and once for the second run.
  expect(usd("Zone curated, noncurrent versions")).toBeCloseTo(6.9, 6);
  // A date with two runs is one partition of each of the four tables: 4 × 365 × $1 a hundred thousand.
  expect(usd("Catalog, partitions of raw tables")).toBeCloseTo(0.0146, 6);
  expect(explainBill("prod", bill, profile()).join("\n")).toContain(
    "60.8 runs a month: 30.4 by the schedule, 1 a day by uploads " +
      "(40 files in 5 min; a run at most each 900 s: the window of 300 s and 10 min of a run)",
  );
});
