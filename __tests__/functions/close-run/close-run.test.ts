import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import Ajv2020 from "ajv/dist/2020";
import { contracts, DATASETS, type HistoryTable, historyColumns } from "../../../contracts";
import dataset from "../../../contracts/events/dataset.json";
import runEnded from "../../../contracts/events/run-ended.json";
import type { Announcement } from "../../../functions/close-run/announcement";
import { closeRun } from "../../../functions/close-run/close-run";
import { toAttributes } from "../../../functions/lib/dynamo";
import { LakeObjects } from "../../../functions/lib/lake-objects";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { rememberedMetrics, silent } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";

const ARN = "arn:aws:states:us-east-1:123456789012:execution:commerce-lake-test:run-1";
const DATE = "2025-01-15";
const STARTED = "2025-01-16T02:00:00.000Z";
const NOW = Date.parse("2025-01-16T02:10:00Z");

let moto: Moto;
let bucket: string;
let runs: RunLedger;
let objects: LakeObjects;
let told: { subject: string; message: string }[];
let announced: [Announcement, string][];
let described: DescribeExecutionOutput;
let lakes = 0;
let remembered: ReturnType<typeof rememberedMetrics>;

beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());
beforeEach(async () => {
  bucket = `lake-${++lakes}`;
  await createBucket(bucket);
  await createLedger(bucket, "started_at");
  runs = new RunLedger(bucket, new DynamoDBClient({}));
  objects = new LakeObjects(bucket);
  told = [];
  announced = [];
  remembered = rememberedMetrics();
  described = {
    executionArn: ARN,
    stateMachineArn: "m",
    name: "run-1",
    status: "ABORTED",
    startDate: new Date(STARTED),
    stopDate: new Date(NOW),
    input: JSON.stringify({ date: DATE, trigger: "upload" }),
  };
});

const isRunEnded = new Ajv2020({
  schemas: [dataset],
  formats: { date: /^\d{4}-\d\d-\d\d$/, "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ },
}).compile(runEnded);

/** Whatever is announced is what the schema says. */
afterEach(() => {
  for (const [{ detail }] of announced) {
    isRunEnded(detail);
    expect(isRunEnded.errors ?? []).toEqual([]);
  }
});

/** Of an execution that came to the jobs, a second a state, and ran one for a minute. */
const HISTORY: HistoryEvent[] = [
  ...["AcquireLock", "ValidateFiles", "RunCrawlers", "EtlJobs", "EtlReviews"].map((name, index) => ({
    id: index + 1,
    previousEventId: index,
    timestamp: new Date(Date.parse(STARTED) + index * 1000),
    type: "TaskStateEntered" as const,
    stateEnteredEventDetails: { name },
  })),
  {
    id: 6,
    previousEventId: 5,
    timestamp: new Date(NOW),
    type: "TaskSubmitted",
    taskSubmittedEventDetails: {
      resourceType: "glue",
      resource: "startJobRun.sync",
      output: JSON.stringify({ JobName: "review-etl", JobRunId: "jr_1" }),
    },
  },
];

const close = (publish = async (message: (typeof told)[number]) => void told.push(message)) =>
  closeRun(ARN, {
    environment: "test",
    executions: { describe: async () => described, history: async () => HISTORY },
    jobs: { usage: async (job) => ({ ...job, dpuSeconds: 3_600, seconds: 900, flex: false }) },
    codeVersion: "1.2.3+abc",
    runs,
    objects,
    publish,
    announce: async (...announcement) => void announced.push(announcement),
    now: () => NOW,
    logger: silent,
    metrics: remembered.metrics,
  });

const put = (item: Parameters<typeof toAttributes>[0]) =>
  new DynamoDBClient({}).send(new PutItemCommand({ TableName: bucket, Item: toAttributes(item) }));

/** A run that has begun, with its locks. */
async function begin(state = "RUNNING", holder = "run-1"): Promise<void> {
  await runs.record(DATE, "run-1", { state, trigger: "upload", started_at: STARTED });
  const lease = { run: holder, expires_at: NOW / 1000 + 40_000, acquired_at: STARTED };
  await put({ pk: `LOCK#${DATE}`, sk: "LOCK", ...lease });
  await put({ pk: "LOCK#PUBLISH", sk: "LOCK", ...lease });
}

const holders = async () => [await runs.holderOf(DATE, NOW), await runs.holderOf("PUBLISH", NOW)];

test.each([
  ["ABORTED", {}, "Aborted", "Somebody stopped the run.", "was stopped"],
  ["ABORTED", { error: "Stopped", cause: "wrong files" }, "Stopped", "wrong files", "was stopped"],
  ["TIMED_OUT", {}, "States.Timeout", "The run took longer than a run may take, and was ended.", "ran out of time"],
  ["FAILED", { error: "States.Runtime", cause: "no such field" }, "States.Runtime", "no such field", "failed"],
] as const)(
  "%s with %j is entered as it was, told, and the date is free",
  async (status, said, error, cause, words) => {
    described = { ...described, status, ...said };
    await begin();
    expect(await close()).toEqual({ run: "run-1", outcome: "closed", event: "RunFailed" });
    expect(await holders()).toEqual([undefined, undefined]);
    expect(await runs.get(DATE, "run-1")).toMatchObject({
      state: status,
      trigger: "upload",
      started_at: STARTED,
      ended_at: "2025-01-16T02:10:00.000Z",
      seconds: 600,
      failed_step: "EtlJobs",
      error,
      cause,
    });
    expect(told).toEqual([
      {
        subject: `[commerce-lake test] ${DATE} ${status}: ${words} at EtlJobs`,
        message: expect.stringContaining(`npm run pipeline -- run --env test --date ${DATE}`),
      },
    ]);
    expect(told[0]?.message).toContain(cause);
    expect(await objects.readJson(`runs/date=${DATE}/run=run-1/summary.json`)).toMatchObject({
      status,
      failure: { step: "EtlJobs", error, cause },
    });
    expect(announced).toMatchObject([
      [{ detailType: "RunFailed", detail: { status, failure: { step: "EtlJobs", error, cause }, published: [] } }, ARN],
    ]);
  },
);

test.each([
  ["ABORTED", undefined, { RunsStopped: 1 }],
  ["TIMED_OUT", undefined, { RunsFailed: 1 }],
  ["FAILED", "States.TaskFailed", { RunsFailed: 1 }],
  ["FAILED", "DataQualityFailed", { RunsRejected: 1, RunsFailed: 0 }],
  ["FAILED", "RunInProgress", { LockConflicts: 1 }],
] as const)("%s with %s counts as what it is, whoever told of it", async (status, error, figures) => {
  described = { ...described, status, ...(error === undefined ? {} : { error }) };
  await begin("FAILED");
  await close();
  expect(remembered.emitted[0]).toEqual({ Environment: "test", ...figures });
});

test("what a run used is emitted, whatever its end: its steps, DPU-hours, and what they cost", async () => {
  described = { ...described, status: "SUCCEEDED", output: JSON.stringify({ status: "SUCCEEDED" }) };
  await begin("SUCCEEDED");
  await close();
  const [used, ...steps] = remembered.emitted;
  expect(used).toEqual({ Environment: "test", RunCost: expect.any(Number), RunDpuHours: 1, RunBytesScanned: 0 });
  expect(used?.RunCost).toBeGreaterThanOrEqual(0.44);
  expect(steps.map(({ Step }) => Step)).toEqual(["AcquireLock", "ValidateFiles", "RunCrawlers", "EtlJobs"]);
  expect(steps[0]).toEqual({ Environment: "test", Step: "AcquireLock", StepSeconds: 1 });
});

test("a run without a readable date counts too", async () => {
  described = { ...described, status: "FAILED", error: "InvalidInput", input: "{}" };
  expect(await close()).toMatchObject({ outcome: "ignored" });
  expect(remembered.emitted).toEqual([{ Environment: "test", RunsFailed: 1 }]);
});

test("an event that comes twice is told once", async () => {
  await begin();
  await close();
  expect(await close()).toMatchObject({ outcome: "told" });
  expect(told).toHaveLength(1);
});

test("a run that told of its failure itself is left as it is, but keeps no lock", async () => {
  described = { ...described, status: "FAILED", error: "CrawlerFailed" };
  await begin("FAILED");
  const before = await runs.get(DATE, "run-1");
  expect(await close()).toEqual({ run: "run-1", outcome: "told", event: "RunFailed" });
  expect(await holders()).toEqual([undefined, undefined]);
  expect(await runs.get(DATE, "run-1")).toMatchObject({ ...before });
  expect(told).toEqual([]);
});

test("a run that could not tell of its failure is told of once SNS answers, with the step that it has named", async () => {
  described = { ...described, status: "FAILED", error: "CrawlerFailed", cause: "no crawl" };
  await begin("FAILED");
  await runs.record(DATE, "run-1", { failed_step: "RunCrawlers", untold_at: "2025-01-16T02:09:00.000Z" });
  await expect(close(() => Promise.reject(new Error("Throttled")))).rejects.toThrow("Throttled");
  expect(await close()).toMatchObject({ outcome: "closed" });
  expect(told).toEqual([
    {
      subject: `[commerce-lake test] ${DATE} FAILED: failed at RunCrawlers`,
      message: expect.stringContaining("CrawlerFailed"),
    },
  ]);
  expect(await close()).toMatchObject({ outcome: "told" });
  // Redriven, it fails again, and cannot tell again.
  await runs.record(DATE, "run-1", { untold_at: "2025-01-16T03:00:00.000Z" });
  expect(await close()).toMatchObject({ outcome: "closed" });
});

test("the lock of another run is left alone", async () => {
  await begin("RUNNING", "run-2");
  await close();
  expect(await holders()).toEqual(["run-2", "run-2"]);
});

test("where the topic is gone the date is free nevertheless, and the next try tells people", async () => {
  await begin();
  await expect(close(() => Promise.reject(new Error("NotFound: topic")))).rejects.toThrow("topic");
  expect(await holders()).toEqual([undefined, undefined]);
  expect(await runs.get(DATE, "run-1")).toMatchObject({ state: "ABORTED" });
  expect(announced).toEqual([]);
  expect(await close()).toMatchObject({ outcome: "closed" });
  expect(told).toHaveLength(1);
  expect(await close()).toMatchObject({ outcome: "told" });
});

test.each(["RUNNING", "PENDING_REDRIVE"] as const)("one that is %s by now keeps what it has", async (status) => {
  described = { ...described, status };
  await begin();
  expect(await close()).toEqual({ run: "run-1", outcome: "ignored" });
  expect(await holders()).toEqual(["run-1", "run-1"]);
  expect([told, announced]).toEqual([[], []]);
});

test("one that never began is no run: nothing is entered, no person is told, and no lock stays behind; programs hear of it", async () => {
  await put({ pk: `LOCK#${DATE}`, sk: "LOCK", run: "run-1", expires_at: NOW / 1000 + 40_000 });
  described = { ...described, status: "FAILED", error: "RunInProgress", cause: "The date is held by run run-0." };
  expect(await close()).toEqual({ run: "run-1", outcome: "ignored", event: "RunFailed" });
  const failure = { step: "AcquireLock", error: "RunInProgress", cause: "The date is held by run run-0." };
  expect(announced[0]?.[0].detail).toEqual({
    version: 1,
    environment: "test",
    run: "run-1",
    date: DATE,
    trigger: "upload",
    status: "FAILED",
    startedAt: STARTED,
    endedAt: "2025-01-16T02:10:00.000Z",
    seconds: 600,
    published: [],
    files: {},
    rows: {},
    quality: null,
    failure,
    failures: [],
    summary: null,
  });
  expect(await runs.ofDate(DATE)).toEqual([]);
  expect(await runs.holderOf(DATE, NOW)).toBeUndefined();
});

/** What `summarize-run` leaves of a good run. */
const FACTS = {
  processingTime: STARTED,
  endedAt: "2025-01-16T02:09:59.000Z",
  trigger: "upload",
  files: {
    transactions: { accepted: 1, duplicate: 0, rejected: 0 },
    products: { accepted: 0, duplicate: 0, rejected: 1 },
    clickstream: { accepted: 0, duplicate: 0, rejected: 0 },
    reviews: { accepted: 2, duplicate: 0, rejected: 0 },
  },
  rows: { transactions: { in: 3, out: 2, quarantined: 1, duplicates: 0 } },
  quality: { verdict: "warn", report: "quality.json", failed: ["a"], worst: ["b"] },
};

test.each([
  ["SUCCEEDED", "RunSucceeded", [], ["transactions", "reviews"]],
  [
    "PARTIAL",
    "RunPartial",
    [{ dataset: "reviews", step: "EtlJobs", error: "JobStopped", cause: "it was stopped" }],
    ["transactions"],
  ],
] as const)("a run that is %s is announced as %s, and keeps no lock", async (status, event, failures, published) => {
  described = { ...described, status: "SUCCEEDED", output: JSON.stringify({ status }) };
  await begin(status);
  await objects.writeJson(`runs/date=${DATE}/run=run-1/summary.json`, { ...FACTS, status, failures });
  const before = await runs.get(DATE, "run-1");
  expect(await close()).toEqual({ run: "run-1", outcome: "told", event });
  expect(await holders()).toEqual([undefined, undefined]);
  expect(await runs.get(DATE, "run-1")).toMatchObject({ ...before });
  expect(told).toEqual([]);
  const { files, rows } = FACTS;
  expect(announced).toMatchObject([
    [
      {
        detailType: event,
        detail: {
          status,
          published,
          failures,
          files,
          rows,
          seconds: 600,
          failure: null,
          quality: { verdict: "warn", report: "quality.json" },
          summary: `runs/date=${DATE}/run=run-1/summary.json`,
        },
      },
      ARN,
    ],
  ]);
});

test("a run that was refused because it had no date is announced without one", async () => {
  described = { ...described, status: "FAILED", error: "InvalidInput", cause: "there is no date", input: "{}" };
  expect(await close()).toEqual({ run: "run-1", outcome: "ignored", event: "RunFailed" });
  expect(announced[0]?.[0].detail).toMatchObject({ date: null, failure: { error: "InvalidInput" } });
});

test("what the run did, used and cost is entered, with the versions of code and contracts", async () => {
  await begin();
  await objects.writeJson(`runs/date=${DATE}/run=run-1/quality.json`, { queries: [{ bytesScanned: 2_000_000_000 }] });
  await close();
  expect(await runs.get(DATE, "run-1")).toMatchObject({
    steps: [
      { step: "AcquireLock", state: "succeeded", attempts: 1, seconds: 1 },
      { step: "ValidateFiles", state: "succeeded", attempts: 1, seconds: 1 },
      { step: "RunCrawlers", state: "succeeded", attempts: 1, seconds: 1 },
      { step: "EtlJobs", state: "running", attempts: 1, seconds: 597 },
    ],
    transitions: 5,
    crawls: 0,
    dpu_seconds: 3_600,
    bytes_scanned: 2_000_000_000,
    // A DPU for an hour, 2 GB at 5 dollars the TB, five transitions.
    cost_usd: { jobs: 0.44, crawlers: 0, queries: 0.01, transitions: 0.000125, total: 0.450125 },
    code: "1.2.3+abc",
    contracts: { transactions: contracts.transactions["x-version"], reviews: contracts.reviews["x-version"] },
  });
});

test("the run is in the tables of all runs, by the names of their contracts", async () => {
  await begin();
  await close();
  const rowsOf = async (table: HistoryTable): Promise<Record<string, unknown>[]> =>
    ((await objects.readText(`curated/${table}/batch_date=${DATE}/run-1.json`)) ?? "")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const [run] = await rowsOf("pipeline_runs");
  expect(run).toMatchObject({
    run: "run-1",
    started_by: "upload",
    state: "ABORTED",
    started_at: "2025-01-16 02:00:00.000",
    seconds: 600,
    failed_step: "EtlJobs",
    error: "Aborted",
    quality: null,
    transitions: 5,
    cost_usd: 0.440125,
    code: "1.2.3+abc",
  });
  const datasets = await rowsOf("pipeline_run_datasets");
  expect(datasets.map(({ dataset, published, rows_in }) => [dataset, published, rows_in])).toEqual(
    DATASETS.map((dataset) => [dataset, "no", 0]),
  );
  const steps = await rowsOf("pipeline_run_steps");
  expect(steps.map(({ step, seconds }) => [step, seconds])).toEqual([
    ["AcquireLock", 1],
    ["ValidateFiles", 1],
    ["RunCrawlers", 1],
    ["EtlJobs", 597],
  ]);
  for (const [table, rows] of [
    ["pipeline_runs", [run]],
    ["pipeline_run_datasets", datasets],
    ["pipeline_run_steps", steps],
  ] as const) {
    for (const row of rows) expect(Object.keys(row ?? {})).toEqual(historyColumns(table).map(({ name }) => name));
  }
});

test("an execution that goes on with a run ends that run; one that was refused leaves it alone", async () => {
  const input = JSON.stringify({ date: DATE, redrives: "run-1" });
  described = { ...described, name: "run-1-redrive-1", status: "ABORTED", input };
  await runs.record(DATE, "run-1", { state: "RUNNING", execution: "run-1-redrive-1", started_at: STARTED });
  await put({ pk: `LOCK#${DATE}`, sk: "LOCK", run: "run-1-redrive-1", expires_at: NOW / 1000 + 40_000 });
  expect(await close()).toMatchObject({ run: "run-1", outcome: "closed" });
  expect(await runs.holderOf(DATE, NOW)).toBeUndefined();
  expect(await runs.get(DATE, "run-1")).toMatchObject({ state: "ABORTED" });

  const before = await runs.get(DATE, "run-1");
  described = { ...described, name: "run-1-redrive-2", status: "FAILED", error: "RunInProgress", cause: "held" };
  expect(await close()).toMatchObject({ run: "run-1", outcome: "ignored" });
  expect(await runs.get(DATE, "run-1")).toEqual(before);
  expect(announced.at(-1)?.[0].detail).toMatchObject({ run: "run-1", failure: { error: "RunInProgress" } });
});
