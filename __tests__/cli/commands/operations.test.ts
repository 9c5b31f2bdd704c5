import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateStateMachineCommand, ListExecutionsCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { type Lake, lakeOf } from "../../../cli/lib/lake";
import { LocalAws, localEnvironment } from "../../../cli/lib/local-aws";
import { environment } from "../../../envs";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { createBucket, createLedger } from "../../functions/moto";

/**
 * `pipeline backfill` and `pipeline stop` as people type them, on a local AWS. Its state machine is a small one that does to the run ledger
 * what the real one does: a run takes a second, and fails where its date says so.
 */
jest.setTimeout(240_000);

const ROOT = path.resolve(__dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "operations-"));
const env = { ...process.env, LAKE_RUNS: path.join(folder, "runs") };

let aws: LocalAws;
let lake: Lake;
let ledger: RunLedger;
let machine: string;

const update = (state: string) => ({
  Type: "Task",
  Resource: "arn:aws:states:::dynamodb:updateItem",
  Arguments: {
    TableName: "run-ledger-local",
    Key: {
      pk: { S: "{% 'DATE#' & $date %}" },
      sk: { S: "{% 'RUN#' & $states.context.Execution.Name %}" },
    },
    UpdateExpression: "SET #run = :run, #state = :state, started_at = :started",
    ExpressionAttributeNames: { "#run": "run", "#state": "state" },
    ExpressionAttributeValues: {
      ":run": { S: "{% $states.context.Execution.Name %}" },
      ":state": { S: state },
      ":started": { S: "{% $states.context.Execution.StartTime %}" },
    },
  },
});
const DEFINITION = {
  QueryLanguage: "JSONata",
  StartAt: "Read",
  States: {
    Read: { Type: "Pass", Assign: { date: "{% $states.input.date %}" }, Next: "Begin" },
    Begin: { ...update("RUNNING"), Next: "EtlJobs" },
    EtlJobs: { Type: "Wait", Seconds: "{% $substring($date, 0, 4) = '2024' ? 600 : 1 %}", Next: "Which" },
    Which: {
      Type: "Choice",
      Choices: [{ Condition: "{% $date in ['2025-01-05', '2025-01-08'] %}", Next: "Fail" }],
      Default: "Succeed",
    },
    Fail: { ...update("FAILED"), Next: "Failed" },
    Failed: { Type: "Fail", Error: "CrawlerFailed", Cause: "it did" },
    Succeed: { ...update("SUCCEEDED"), Next: "Succeeded" },
    Succeeded: { Type: "Succeed" },
  },
};

beforeAll(async () => {
  aws = await LocalAws.start(folder);
  mkdirSync(env.LAKE_RUNS);
  writeFileSync(path.join(env.LAKE_RUNS, "local.json"), JSON.stringify(aws.local));
  Object.assign(process.env, localEnvironment(aws.local));
  lake = lakeOf(environment("local"), aws.local);
  ledger = new RunLedger(lake.names.runLedger, lake.dynamo);
  await createLedger(lake.names.runLedger, "started_at");
  await createBucket(lake.names.bucket);
  const roleArn = "arn:aws:iam::123456789012:role/any";
  const { stateMachineArn = "" } = await lake.stepFunctions.send(
    new CreateStateMachineCommand({ name: lake.names.stateMachine, roleArn, definition: JSON.stringify(DEFINITION) }),
  );
  machine = stateMachineArn;
});
afterAll(async () => {
  await aws.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the command line as npm scripts do, with nobody at a terminal. */
function begin(...args: string[]): {
  child: ChildProcess;
  done: Promise<{ code: number | null; out: string; err: string }>;
} {
  const child = spawn(process.execPath, [path.join(ROOT, "cli/bootstrap.mjs"), "pipeline", ...args], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  return { child, done: once(child, "close").then(([code]) => ({ code, out, err })) };
}
const cli = (...args: string[]) => begin(...args).done;

interface Execution {
  readonly name: string;
  readonly status: string;
  readonly start: number;
  readonly stop: number;
}

/** Runs of a backfill, in the order of their start. */
async function backfilled(id = ""): Promise<Execution[]> {
  const { executions = [] } = await lake.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn: machine }));
  return executions
    .map(({ name = "", status = "", startDate, stopDate }) => {
      const start = startDate?.getTime() ?? 0;
      return { name, status, start, stop: stopDate?.getTime() ?? Number.POSITIVE_INFINITY };
    })
    .filter(({ name }) => name.includes(`-backfill-${id}`))
    .toSorted((one, other) => one.start - other.start);
}

const datesOf = (executions: readonly Execution[]) => executions.map(({ name }) => name.slice(0, 10));

/** Most runs at once. */
function mostAtOnce(executions: readonly Execution[]): number {
  return Math.max(
    ...executions.map(({ start }) => executions.filter((other) => other.start <= start && start < other.stop).length),
  );
}

const FROM_TO = ["--from", "2025-01-01", "--to", "2025-01-10"];

test("ten dates, two failed and two missing: exactly those are run, after a look at the plan", async () => {
  for (const day of ["01", "02", "03", "04", "07", "09"]) {
    await ledger.record(`2025-01-${day}`, "old", { state: "SUCCEEDED", started_at: "2025-02-01T00:00:00Z" });
  }
  await ledger.record("2025-01-05", "old", { state: "FAILED", started_at: "2025-02-01T00:00:00Z" });
  await ledger.record("2025-01-10", "old", { state: "ABORTED", started_at: "2025-02-01T00:00:00Z" });
  // The 6th and the 8th were never run; the 6th has files, and so has the 8th.
  for (const day of ["06", "08"]) {
    const Key = `raw/reviews/date=2025-01-${day}/a.csv`;
    await lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key, Body: "x" }));
  }

  const dry = await cli("backfill", ...FROM_TO, "--dry-run");
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toMatch(
    /2025-01-05 +failed +old +run\n +2025-01-06 +missing +– +run\n +2025-01-07 +succeeded +old +–/,
  );
  expect(await backfilled()).toEqual([]);

  const asked = await cli("backfill", ...FROM_TO);
  expect(asked.code).toBe(2);
  expect(asked.err).toContain("Run 4 dates of local, oldest first, 1 at once? Nobody can be asked here.");
  expect(await backfilled()).toEqual([]);

  const run = await cli("backfill", ...FROM_TO, "--concurrency", "2", "--yes", "--json");
  const executions = await backfilled();
  expect(datesOf(executions).toSorted()).toEqual(["2025-01-05", "2025-01-06", "2025-01-08", "2025-01-10"]);
  expect(datesOf(executions).slice(0, 2).toSorted()).toEqual(["2025-01-05", "2025-01-06"]);
  expect(mostAtOnce(executions)).toBeLessThanOrEqual(2);
  const { dates } = JSON.parse(run.out);
  expect(dates.filter(({ action }: { action: string }) => action === "run")).toMatchObject([
    { date: "2025-01-05", state: "failed", ended: "FAILED" },
    { date: "2025-01-06", state: "missing", ended: "SUCCEEDED" },
    { date: "2025-01-08", state: "missing", ended: "FAILED" },
    { date: "2025-01-10", state: "failed", ended: "SUCCEEDED" },
  ]);
  expect(run.code).toBe(1);

  // What failed again is all that is left.
  const again = await cli("backfill", ...FROM_TO, "--only", "failed,missing", "--dry-run", "--json");
  const left = JSON.parse(again.out).dates.filter(({ action }: { action: string }) => action === "run");
  expect(left.map(({ date }: { date: string }) => date)).toEqual(["2025-01-05", "2025-01-08"]);
});

test("killed, it is resumed: no date is run twice, and what was under way is waited for", async () => {
  const range = ["--from", "2025-03-01", "--to", "2025-03-04", "--only", "all", "--resume", "cafe", "--yes"];
  const { child, done } = begin("backfill", ...range);
  while ((await backfilled("cafe")).length < 2) await sleep(50);
  child.kill("SIGKILL");
  await done;
  const before = datesOf(await backfilled("cafe"));

  const resumed = await cli("backfill", ...range);
  expect(resumed).toMatchObject({ code: 0, err: "" });
  const executions = await backfilled("cafe");
  expect(datesOf(executions)).toEqual(["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]);
  expect(executions.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect(mostAtOnce(executions)).toBe(1);
  expect(before.length).toBeLessThan(4);
  expect(resumed.out).toMatch(/2025-03-01 +succeeded +2025-03-01-backfill-cafe +–/);
});

test("interrupted, it says how to go on, and leaves alone what it started", async () => {
  const { child, done } = begin("backfill", "--from", "2025-04-01", "--to", "2025-04-03", "--only", "all", "--yes");
  while (!datesOf(await backfilled()).includes("2025-04-01")) await sleep(50);
  child.kill("SIGTERM");
  const { code, err } = await done;
  expect(code).toBe(130);
  const id = /--only all --resume ([0-9a-f]{8})/.exec(err)?.[1];
  while ((await backfilled(id))[0]?.status === "RUNNING") await sleep(50);
  expect((await backfilled(id)).map(({ name, status }) => [name, status])).toEqual([
    [`2025-04-01-backfill-${id}`, "SUCCEEDED"],
  ]);
});

test.each([
  [["--from", "2025-01-02", "--to", "2025-01-01"], "--from 2025-01-02 is after --to 2025-01-01."],
  [["--from", "2020-01-01", "--to", "2025-01-01"], "are 1828 days; a backfill has at most 1100."],
  [[...FROM_TO, "--concurrency", "9"], "the jobs of local run for 3 dates at once"],
  [[...FROM_TO, "--only", "broken"], 'There is no "broken". It is a list of failed, missing, all.'],
  [[...FROM_TO, "--concurency", "2"], "Did you mean --concurrency?"],
])("%j is wrong usage", async (args, message) => {
  const { code, err } = await cli("backfill", ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});

describe("stop", () => {
  /** Step Functions' event has no function to go to here: this is what it would do. */
  const closing = (run: string) => ledger.record("2024-01-01", run, { state: "ABORTED" });

  test("stops a run, after being asked to mean it, and waits for the ledger to know", async () => {
    const input = JSON.stringify({ date: "2024-01-01" });
    await lake.stepFunctions.send(new StartExecutionCommand({ stateMachineArn: machine, name: "long-1", input }));
    while ((await ledger.get("2024-01-01", "long-1")) === undefined) await sleep(50);

    const asked = await cli("stop", "long-1");
    expect([asked.code, asked.err]).toEqual([
      2,
      expect.stringContaining('Stop the run long-1 of local, which is at "ETL jobs"? Nobody can be asked here.'),
    ]);
    const { done } = begin("stop", "long-1", "--yes", "--reason", "wrong prices");
    const ended = async () => {
      const { executions = [] } = await lake.stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn: machine, statusFilter: "ABORTED" }),
      );
      return executions.some(({ name }) => name === "long-1");
    };
    while (!(await ended())) await sleep(50);
    await closing("long-1");
    const { code, out } = await done;
    expect([code, out]).toEqual([0, expect.stringContaining("pipeline -- run --env local --date 2024-01-01")]);

    const twice = await cli("stop", "long-1", "--yes");
    expect([twice.code, twice.err]).toEqual([2, expect.stringContaining("long-1 is over already: ABORTED")]);
  });

  test.each(["nobody", "no such: name"])("a run %j that is none is said to be none", async (run) => {
    const { code, err } = await cli("stop", run, "--yes");
    expect([code, err]).toEqual([2, expect.stringContaining(`There is no run "${run}" in local.`)]);
  });
});
