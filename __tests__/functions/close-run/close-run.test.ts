import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { closeRun } from "../../../functions/close-run/close-run";
import { toAttributes } from "../../../functions/lib/dynamo";
import { LakeObjects } from "../../../functions/lib/lake-objects";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { silent } from "../memory-objects";
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
let described: DescribeExecutionOutput;
let lakes = 0;

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
  described = {
    executionArn: ARN,
    stateMachineArn: "m",
    name: "run-1",
    status: "ABORTED",
    startDate: new Date(STARTED),
    input: JSON.stringify({ date: DATE, trigger: "upload" }),
  };
});

const lastStep = async () => "EtlJobs" as const;

const close = (publish = async (message: (typeof told)[number]) => void told.push(message)) =>
  closeRun(ARN, {
    environment: "test",
    executions: { describe: async () => described, lastStep },
    runs,
    objects,
    publish,
    now: () => NOW,
    logger: silent,
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
    expect(await close()).toEqual({ run: "run-1", outcome: "closed" });
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
  },
);

test("an event that comes twice is told once", async () => {
  await begin();
  await close();
  expect(await close()).toEqual({ run: "run-1", outcome: "told" });
  expect(told).toHaveLength(1);
});

test("a run that told of its failure itself is left as it is, but keeps no lock", async () => {
  described = { ...described, status: "FAILED", error: "CrawlerFailed" };
  await begin("FAILED");
  const before = await runs.get(DATE, "run-1");
  expect(await close()).toEqual({ run: "run-1", outcome: "told" });
  expect(await holders()).toEqual([undefined, undefined]);
  expect(await runs.get(DATE, "run-1")).toEqual(before);
  expect(told).toEqual([]);
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
  expect(await close()).toEqual({ run: "run-1", outcome: "closed" });
  expect(told).toHaveLength(1);
  expect(await close()).toEqual({ run: "run-1", outcome: "told" });
});

test.each(["RUNNING", "PENDING_REDRIVE", "SUCCEEDED"] as const)(
  "one that is %s by now keeps what it has",
  async (status) => {
    described = { ...described, status };
    await begin();
    expect(await close()).toEqual({ run: "run-1", outcome: "ignored" });
    expect(await holders()).toEqual(["run-1", "run-1"]);
    expect(told).toEqual([]);
  },
);

test("one that never began is no run: nothing is entered, nobody is told, and no lock stays behind", async () => {
  await put({ pk: `LOCK#${DATE}`, sk: "LOCK", run: "run-1", expires_at: NOW / 1000 + 40_000 });
  expect(await close()).toEqual({ run: "run-1", outcome: "ignored" });
  expect(await runs.ofDate(DATE)).toEqual([]);
  expect(await runs.holderOf(DATE, NOW)).toBeUndefined();
});
