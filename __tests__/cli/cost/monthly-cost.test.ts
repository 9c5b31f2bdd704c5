import { type Line, monthlyCost, type Profile, profile, type Resource } from "../../../cli/cost";
import { DAYS_PER_MONTH } from "../../../cli/cost/bill";
import { job, MEASURED, resource, several } from "./stacks";

/** 30 runs of 10 GB a month, unless said otherwise. */
function billed(resources: readonly Resource[], changes: Partial<Profile> = {}) {
  const gbPerDay = (10 * 30) / DAYS_PER_MONTH;
  return monthlyCost(resources, profile({ runsPerMonth: 30, gbPerDay, ...changes }), MEASURED);
}

function lineOf(resources: readonly Resource[], item: string, changes: Partial<Profile> = {}): Line {
  const found = billed(resources, changes).lines.filter((line) => line.item === item);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} lines are "${item}".`);
  return only;
}

const usd = (resources: readonly Resource[], item: string, changes: Partial<Profile> = {}) =>
  lineOf(resources, item, changes).usd;

describe("Glue", () => {
  test("a job: a driver, and what auto scaling adds to share the work", () => {
    // 10 GB are 10,000 MB × 0.02 = 200 core seconds: 50 s of one worker of 4 vCPU, less than the 300 s that a second one
    // would be added for. So a driver and one worker for 45 + 50 = 95 s: 2 DPU × 95 s × 30 runs ÷ 3600 × $0.44 = $0.6967.
    expect(usd([job("transaction-etl-prod")], "Job transaction_etl")).toBeCloseTo(0.6967, 4);
  });

  test("a job with more work than one worker does in its time has more workers", () => {
    // 1,000 GB are 20,000 core seconds, 5,000 s of one worker: 16.67 workers of 300 s, but 9 beside the driver is all there
    // are. 45 + 5000 ÷ 9 = 600.56 s × 10 DPU × 1 run ÷ 3600 × $0.44 = $0.7340.
    const large = { gbPerDay: 1000 / DAYS_PER_MONTH, runsPerMonth: 1 };
    expect(usd([job("transaction-etl-prod")], "Job transaction_etl", large)).toBeCloseTo(0.734, 4);
    // With room for 100: 16.67 workers and the driver for 45 + 300 s: 17.667 × 345 ÷ 3600 × $0.44 = $0.74494.
    const roomy = job("transaction-etl-prod", { number_of_workers: 100 });
    expect(usd([roomy], "Job transaction_etl", large)).toBeCloseTo(0.74494, 4);
  });

  test("a job that ends at once is billed a minute of each worker", () => {
    // 2 DPU × 60 s × 30 ÷ 3600 × $0.44 = $0.44, though it took 45 s.
    expect(usd([job("review-etl-dev")], "Job review_etl", { gbPerDay: 0 })).toBeCloseTo(0.44, 6);
  });

  test("without auto scaling all workers are there all the time", () => {
    // 10 DPU × max(60, 45 + 50 ÷ 9 = 50.6) s × 30 ÷ 3600 × $0.44 = $2.20.
    const fixed = job("transaction-etl-prod", { default_arguments: {} });
    expect(usd([fixed], "Job transaction_etl")).toBeCloseTo(2.2, 6);
  });

  test("larger workers count as the DPU that they are, and flexible ones cost $0.29", () => {
    // G.2X: 8 vCPU, so 25 s of work: 45 + 25 = 70 s × 2 workers × 2 DPU × 30 ÷ 3600 × $0.44 = $1.0267.
    expect(usd([job("transaction-etl-prod", { worker_type: "G.2X" })], "Job transaction_etl")).toBeCloseTo(1.0267, 4);
    // $0.6967 × 0.29 ÷ 0.44 = $0.4592.
    const flexible = job("transaction-etl-prod", { execution_class: "FLEX" });
    expect(usd([flexible], "Job transaction_etl")).toBeCloseTo(0.4592, 4);
  });

  test("a job that was never measured is taken for the dearest", () => {
    expect(usd([job("return-etl-prod")], "Job return-etl-prod")).toBeCloseTo(
      usd([job("master-data-merge-prod")], "Job master_data_merge"),
      10,
    );
  });

  test("a crawl is billed ten minutes of two DPU, however short", () => {
    // 4 × 30 × 2 DPU × 1/6 h × $0.44 = $17.60; at 20 minutes twice that.
    const crawlers = several(4, "aws_glue_crawler");
    expect(usd(crawlers, "Crawlers")).toBeCloseTo(17.6, 6);
    expect(usd(crawlers, "Crawlers", { crawlerSeconds: 1200 })).toBeCloseTo(35.2, 6);
  });

  test("a crawler with a schedule of its own runs by that as well", () => {
    // 30 + 30.4167 crawls × 2 DPU × 1/6 h × $0.44 = $8.8611.
    expect(usd(several(1, "aws_glue_crawler", { schedule: "cron(0 2 * * ? *)" }), "Crawlers")).toBeCloseTo(8.8611, 4);
  });
});

describe("S3", () => {
  const rule = {
    status: "Enabled",
    filter: [{ prefix: "raw/" }],
    expiration: [{ days: 365 }],
    noncurrent_version_expiration: [{ noncurrent_days: 30 }],
    transition: [
      { days: 30, storage_class: "STANDARD_IA" },
      { days: 90, storage_class: "GLACIER_IR" },
    ],
  };
  const lake = (...rules: object[]) => [
    resource("aws_s3_bucket"),
    resource("aws_s3_bucket_notification", { eventbridge: true }),
    resource("aws_s3_bucket_lifecycle_configuration", { rule: rules }),
  ];
  const ten = { gbPerDay: 10, runsPerMonth: 30 };

  test("a year of raw files: thirty days here, sixty there, the rest in the cold", () => {
    // 10 GB × 30 × $0.023 = $6.90; × 60 × $0.0125 = $7.50; × 275 × $0.004 = $11.00.
    expect(usd(lake(rule), "Zone raw, STANDARD", ten)).toBeCloseTo(6.9, 6);
    expect(usd(lake(rule), "Zone raw, STANDARD_IA", ten)).toBeCloseTo(7.5, 6);
    expect(usd(lake(rule), "Zone raw, GLACIER_IR", ten)).toBeCloseTo(11, 6);
    // 40 files × 30.4167 × $0.01 and $0.02 a thousand.
    expect(usd(lake(rule), "Zone raw, moves to STANDARD_IA", ten)).toBeCloseTo(0.012167, 6);
    expect(usd(lake(rule), "Zone raw, moves to GLACIER_IR", ten)).toBeCloseTo(0.024333, 6);
  });

  test("a younger lake holds less, one whose files are deleted sooner never more", () => {
    const items = (resources: Resource[], lakeDays: number) =>
      billed(resources, { ...ten, lakeDays }).lines.filter(({ item }) => item.startsWith("Zone raw, "));
    expect(items(lake(rule), 20).map(({ item }) => item)).toEqual(["Zone raw, STANDARD"]);
    expect(items(lake(rule), 20)[0]?.usd).toBeCloseTo(4.6, 6); // 10 × 20 × 0.023
    const short = lake({ ...rule, expiration: [{ days: 45 }] });
    expect(items(short, 365).reduce((sum, one) => sum + one.quantity, 0)).toBeCloseTo(450 + 40 * DAYS_PER_MONTH, 6);
  });

  test("without a rule, or with one that is switched off, everything stays in S3 Standard", () => {
    // 10 GB × 365 × $0.023 = $83.95.
    for (const resources of [lake(), lake({ ...rule, status: "Disabled" })]) {
      expect(usd(resources, "Zone raw, STANDARD", ten)).toBeCloseTo(83.95, 6);
    }
  });

  test("a bucket that is no lake holds nothing to speak of", () => {
    expect(billed([resource("aws_s3_bucket")], ten).total).toBe(0);
  });

  test("tables: their share of what is raw, and what was written anew until it goes", () => {
    const tables = lake({ ...rule, filter: [{ prefix: "curated/" }], expiration: [], transition: [] });
    // 10 GB × 0.5 × 365 × $0.023 = $41.975; noncurrent 10 × 0.5 × 30 × $0.023 = $3.45.
    expect(usd(tables, "Zone curated, STANDARD", ten)).toBeCloseTo(41.975, 6);
    expect(usd(tables, "Zone curated, noncurrent versions", ten)).toBeCloseTo(3.45, 6);
  });
});

describe("what stands by itself", () => {
  test("alarms by the metrics that they watch", () => {
    const metric = (period: number) => ({ metric: [{ period, metric_name: "Errors" }] });
    const alarms = [
      resource("aws_cloudwatch_metric_alarm", { period: 300 }, "Plain"),
      resource(
        "aws_cloudwatch_metric_alarm",
        { metric_query: [metric(300), metric(300), { expression: "a/b" }] },
        "Rate",
      ),
      resource(
        "aws_cloudwatch_metric_alarm",
        { metric_query: [metric(300), { expression: "ANOMALY_DETECTION_BAND(m1, 2)" }] },
        "Band",
      ),
      resource("aws_cloudwatch_metric_alarm", { period: 10 }, "Quick"),
      ...several(2, "aws_cloudwatch_composite_alarm"),
      ...several(4, "aws_cloudwatch_dashboard"),
    ];
    // 1 + 2 + 3 metrics × $0.10, one of high resolution at $0.30, composites at $0.50, dashboards at $3.
    expect(usd(alarms, "Alarms")).toBeCloseTo(0.6, 10);
    expect(usd(alarms, "Alarms of high resolution")).toBeCloseTo(0.3, 10);
    expect(usd(alarms, "Composite alarms")).toBeCloseTo(1, 10);
    expect(usd(alarms, "Dashboards")).toBeCloseTo(12, 10);
  });

  test("keys, and the material of earlier years", () => {
    const keys = [...several(2, "aws_kms_key", { enable_key_rotation: true }), resource("aws_kms_key", {}, "Still")];
    expect(usd(keys, "Keys")).toBe(3);
    expect(usd(keys, "Earlier material of rotated keys", { lakeDays: 400 })).toBe(2);
    // Only the first two rotations are paid for.
    expect(usd(keys, "Earlier material of rotated keys", { lakeDays: 4000 })).toBe(4);
    expect(usd([resource("aws_secretsmanager_secret")], "Secrets")).toBeCloseTo(0.4, 10);
  });

  test("interface endpoints by zone and hour; gateway endpoints are free", () => {
    const endpoints = [
      resource("aws_vpc_endpoint", { vpc_endpoint_type: "Interface", subnet_ids: ["subnet-a", "subnet-b"] }, "Glue"),
      resource("aws_vpc_endpoint", { vpc_endpoint_type: "Gateway" }, "S3"),
    ];
    // 2 zones × 730 h × $0.01.
    expect(usd(endpoints, "Interface endpoints")).toBeCloseTo(14.6, 10);
    // Before the first apply the ids of subnets are unknown, their zones are not.
    const planned = [
      resource("aws_vpc_endpoint", { vpc_endpoint_type: "Interface" }),
      resource("aws_subnet", { availability_zone: "us-east-1a" }, "A"),
      resource("aws_subnet", { availability_zone: "us-east-1b" }, "B"),
      resource("aws_subnet", { availability_zone: "us-east-1b" }, "PublicB"),
    ];
    expect(usd(planned, "Interface endpoints")).toBeCloseTo(14.6, 10);
    // 730 h × ($0.045 + $0.005).
    expect(usd([resource("aws_nat_gateway")], "NAT gateways")).toBeCloseTo(32.85, 10);
    expect(usd([resource("aws_eip")], "Public addresses")).toBeCloseTo(3.65, 10);
  });

  test("what is kept warm, found by reference or by name", () => {
    const fn = resource("aws_lambda_function", {
      function_name: "commerce-lake-validate-file-prod",
      memory_size: 1024,
    });
    const warm = (name: string) =>
      resource("aws_lambda_provisioned_concurrency_config", {
        function_name: name,
        provisioned_concurrent_executions: 2,
      });
    // 2 × 1 GB × 730 × 3600 s × $0.0000033334 = $17.5204.
    for (const name of [`\${${fn.address}.function_name}`, "commerce-lake-validate-file-prod"]) {
      expect(usd([fn, warm(name)], "Kept warm, validate-file")).toBeCloseTo(17.5204, 3);
    }
  });

  test("who reports what is spent pays for asking", () => {
    // 3 × 30.4167 × $0.01 = $0.9125.
    const reporter = resource("aws_lambda_function", { function_name: "commerce-lake-report-spend-prod" });
    expect(usd([reporter], "Questions")).toBeCloseTo(0.9125, 6);
    expect(billed(several(2, "aws_budgets_budget")).total).toBe(0);
  });

  test("Lambda asks a queue all day", () => {
    // 5 pollers × 180 an hour × 730 h × $0.40 a million = $0.2628.
    expect(usd([resource("aws_lambda_event_source_mapping")], "Asking for messages")).toBeCloseTo(0.2628, 6);
  });
});

describe("what is done", () => {
  test("queries by what they read, ten MB at least", () => {
    const workgroup = [resource("aws_athena_workgroup")];
    // 100 a day × 30.4167 × 0.1 GB × $5 a TB = $1.5208; of nothing at all still 10 MB each: $0.1521.
    expect(usd(workgroup, "Queries of analysts")).toBeCloseTo(1.5208, 4);
    expect(usd(workgroup, "Queries of analysts", { gbPerQuery: 0 })).toBeCloseTo(0.1521, 4);
    // A run writes 10 × 0.25 = 2.5 GB: 30 × 0.0025 TB × $5 = $0.375.
    expect(usd(workgroup, "Checks of runs")).toBeCloseTo(0.375, 6);
  });

  test("the validator reads every byte, at the speed that its memory buys", () => {
    const fn = (memory: number) => [
      resource("aws_lambda_function", { function_name: "commerce-lake-validate-file-dev", memory_size: memory }),
    ];
    const use = { gbPerDay: 12, filesPerDay: 0 };
    // 12 GB × 30.4167 at 60 MB/s: 6083.3 s × 1.7275 GB × $0.0000133334 = $0.1401.
    expect(usd(fn(1769), "Duration, validate-file", use)).toBeCloseTo(0.1401, 4);
    // Half of the memory takes twice as long: the same money. Twice the memory is no faster: twice the money.
    expect(usd(fn(884.5), "Duration, validate-file", use)).toBeCloseTo(0.1401, 4);
    expect(usd(fn(3538), "Duration, validate-file", use)).toBeCloseTo(0.2802, 4);
  });

  test("the state machine's transitions", () => {
    // 30 × (156 + 4 × 2) × $0.025 a thousand = $0.123: 40 files are ten of each dataset, a batch each.
    expect(usd([resource("aws_sfn_state_machine")], "State transitions")).toBeCloseTo(0.123, 10);
    // 1,000 files are 250 of each dataset, three batches: 30 × (156 + 12 × 2) × $0.025 a thousand = $0.135.
    expect(usd([resource("aws_sfn_state_machine")], "State transitions", { filesPerDay: 1000 })).toBeCloseTo(0.135, 10);
  });

  test("what is logged is paid when it comes and while it stays", () => {
    const groups = [
      resource("aws_cloudwatch_log_group", { retention_in_days: 365 }, "A"),
      resource("aws_cloudwatch_log_group", { retention_in_days: 365 }, "B"),
    ];
    // 30 × 0.1 GB × $0.50 = $1.50; kept 3 GB × 0.15 × 12 months × $0.03 = $0.162.
    expect(usd(groups, "Logs of runs")).toBeCloseTo(1.5, 10);
    expect(usd(groups, "Logs of runs, kept")).toBeCloseTo(0.162, 6);
    // 0.05 GB × 30.4167 × $0.50.
    expect(usd([...groups, resource("aws_flow_log")], "Flow logs")).toBeCloseTo(0.7604, 4);
  });

  test("the project's own metrics are paid for the hour in which a run sends them", () => {
    // 73 metrics × 30 hours of 730 × $0.30 = $0.90.
    const fn = resource("aws_lambda_function", { function_name: "any" });
    expect(usd([fn], "Metrics of runs", { metricsPerRun: 73 })).toBeCloseTo(0.9, 10);
    // Each of the project's metrics, once for each of what it is of: some scores, not hundreds.
    expect(profile().metricsPerRun).toBeGreaterThan(50);
    expect(profile().metricsPerRun).toBeLessThan(500);
  });

  test("a trail of objects counts each request to S3", () => {
    const trail = resource("aws_cloudtrail", {
      advanced_event_selector: [{ field_selector: [{ field: "eventCategory", equals: ["Data"] }] }],
    });
    // Written: 1216.67 + 30 × 400 + 3041.67 = 16,258.33; read: 1216.67 + 150,000 + 152,083.33 = 303,300.
    // 319,558.33 × $0.10 a hundred thousand = $0.3196.
    expect(usd([trail], "Events of objects")).toBeCloseTo(0.3196, 4);
    expect(billed([resource("aws_cloudtrail", {})]).total).toBe(0);
  });

  test("the ledgers", () => {
    const table = resource("aws_dynamodb_table", { point_in_time_recovery: { enabled: true } });
    // 1216.67 × 12 + 3000 = 17,600 writes × $0.625 a million = $0.0110.
    expect(usd([table], "Writes")).toBeCloseTo(0.011, 6);
    // 40 × 365 × 6 KB = 0.0876 GB × $0.25 and $0.20.
    expect(usd([table], "Ledgers, kept")).toBeCloseTo(0.0219, 6);
    expect(usd([table], "Ledgers, recovery to any moment")).toBeCloseTo(0.01752, 6);
  });
});

test("runs come from the schedule, from what is assumed where it is off, or from the profile", () => {
  const daily = { schedule_expression: "cron(0 3 * * ? *)" };
  const schedule = (state: string) => [
    resource("aws_scheduler_schedule", {
      ...daily,
      state,
      target: { arn: "arn:aws:states:us-east-1:1:stateMachine:lake" },
    }),
    ...several(1, "aws_glue_crawler"),
  ];
  const crawls = (resources: readonly Resource[], changes: Partial<Profile>) =>
    monthlyCost(resources, profile(changes), MEASURED).lines.find(({ item }) => item === "Crawlers")?.factors[0]?.value;
  expect(crawls(schedule("ENABLED"), {})).toBeCloseTo(DAYS_PER_MONTH, 10);
  expect(crawls(schedule("DISABLED"), {})).toBe(22);
  expect(crawls(schedule("ENABLED"), { runsPerMonth: 3 })).toBe(3);
  // What starts a function is no run; what is planned anew has no ARN yet, but its input.
  const other = (target: object) => [
    resource("aws_scheduler_schedule", { ...daily, target: [target] }),
    ...schedule("DISABLED"),
  ];
  expect(crawls(other({ arn: "arn:aws:lambda:us-east-1:1:function:report" }), {})).toBe(22);
  expect(crawls(other({ arn: "arn:aws:states:us-east-1:1:stateMachine:lake" }), {})).toBeCloseTo(DAYS_PER_MONTH, 10);
  expect(crawls(other({ input: '{"trigger":"schedule"}' }), {})).toBeCloseTo(DAYS_PER_MONTH, 10);
});

test("the free tier is taken off once for all lines of a price, and no line pays back", () => {
  const table = [...several(12, "aws_cloudwatch_metric_alarm", { period: 60 })];
  // 12 metrics, ten of them free.
  expect(billed(table).total).toBeCloseTo(1.2, 10);
  expect(billed(table, { freeTier: true }).total).toBeCloseTo(0.2, 10);
  expect(billed(table.slice(0, 5), { freeTier: true }).total).toBe(0);
  const functions = [
    resource("aws_lambda_function", { function_name: "a", memory_size: 10240 }, "A"),
    resource("aws_lambda_function", { function_name: "b", memory_size: 10240 }, "B"),
  ];
  // 2 × 30 × 2000 s × 10 GB = 1,200,000 GB-s, 400,000 of them free: 800,000 × $0.0000133334 = $10.6667.
  const heavy = billed(functions, { freeTier: true, functionSeconds: 2000 });
  expect(
    heavy.lines.filter(({ price }) => price === "lambda.duration").reduce((sum, one) => sum + one.usd, 0),
  ).toBeCloseTo(10.6667, 3);
});

test("a line is the product of its factors and the price, nothing else", () => {
  const bill = billed([job("transaction-etl-prod"), ...several(3, "aws_kms_key"), resource("aws_athena_workgroup")]);
  for (const line of bill.lines) {
    expect(line.factors.reduce((product, { value }) => product * value, 1)).toBeCloseTo(line.quantity, 10);
  }
  expect(bill.total).toBeCloseTo(bill.fixed + bill.usage, 10);
  expect(bill.total).toBeCloseTo(
    bill.lines.reduce((sum, one) => sum + one.usd, 0),
    10,
  );
});

test("a type that nobody knows the price of is named, and nothing is made up for it", () => {
  const bill = billed([...several(2, "aws_redshift_cluster"), resource("aws_iam_role")]);
  expect(bill).toMatchObject({ total: 0, unknown: { aws_redshift_cluster: 2 } });
});
