import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { clientConfig, type Lake, lakeOf } from "../../../cli/lib/lake";
import { LocalAws, localEnvironment } from "../../../cli/lib/local-aws";
import { DATASETS } from "../../../contracts";
import { environment } from "../../../envs";
import { toAttributes } from "../../../functions/lib/dynamo";
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
      Default: "WhichEnd",
    },
    WhichEnd: {
      Type: "Choice",
      Choices: [{ Condition: "{% $date = '2025-05-02' %}", Next: "EndPartly" }],
      Default: "Succeed",
    },
    EndPartly: { ...update("PARTIAL"), Next: "Partial" },
    Partial: { Type: "Succeed", Output: { status: "PARTIAL" } },
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
  await createLedger(lake.names.fileLedger, "updated_at");
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
  const range = ["--from", "2025-04-01", "--to", "2025-04-03", "--only", "all", "--datasets", "reviews"];
  const { child, done } = begin("backfill", ...range, "--yes");
  while (!datesOf(await backfilled()).includes("2025-04-01")) await sleep(50);
  child.kill("SIGTERM");
  const { code, err } = await done;
  expect(code).toBe(130);
  const id = /--only all --concurrency 1 --datasets reviews --resume ([0-9a-f]{8})/.exec(err)?.[1];
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

/** Starts a run of the small machine, and waits for its end. */
async function ran(name: string, input: object): Promise<void> {
  const started = { stateMachineArn: machine, name, input: JSON.stringify(input) };
  const { executionArn } = await lake.stepFunctions.send(new StartExecutionCommand(started));
  const ended = async () => (await lake.stepFunctions.send(new DescribeExecutionCommand({ executionArn }))).status;
  while ((await ended()) === "RUNNING") await sleep(50);
}

describe("status", () => {
  test("a run that ended without some of its datasets is PARTIAL, in the list and by itself, and so ends the backfill", async () => {
    const filled = await cli(
      "backfill",
      "--from",
      "2025-05-01",
      "--to",
      "2025-05-02",
      "--only",
      "all",
      "--yes",
      "--json",
    );
    expect(filled.code).toBe(4);
    expect(JSON.parse(filled.out).dates).toMatchObject([{ ended: "SUCCEEDED" }, { ended: "PARTIAL" }]);
    const run = (await backfilled()).find(({ name }) => name.startsWith("2025-05-02"))?.name ?? "";
    const cost_usd = { total: 0.5, jobs: 0.4, crawlers: 0.1, queries: 0, transitions: 0 };
    await ledger.record("2025-05-02", run, { cost_usd, code: "0.1.0+abc" });

    const list = await cli("status", "--last", "2");
    expect(list.out).toMatch(new RegExp(`${run} +PARTIAL +2025-05-02 .* 0\\.5000\\n`));
    expect(JSON.parse((await cli("status", "--date", "2025-05-02", "--json")).out)).toMatchObject([
      { run, state: "PARTIAL", date: "2025-05-02", costUsd: 0.5 },
    ]);
    const one = await cli("status", run);
    expect(one.out).toContain(`Run ${run}: PARTIAL`);
    expect(one.out).toContain("Cost about 0.5000 USD by list prices: jobs 0.4000, crawlers 0.1000");
    expect(JSON.parse((await cli("status", run, "--json")).out)).toMatchObject({ run, state: "PARTIAL" });
  });

  test("of a run that was gone on with, each execution is told of by itself", async () => {
    await ran("2025-05-03-cli-1", { date: "2025-05-03" });
    await ran("2025-05-03-cli-1-redrive-1", { date: "2025-05-03", redrives: "2025-05-03-cli-1" });
    const entry = { execution: "2025-05-03-cli-1-redrive-1", state: "PARTIAL", cost_usd: { total: 0.25 } };
    await ledger.record("2025-05-03", "2025-05-03-cli-1", entry);
    const { out } = await cli("status", "--last", "2", "--json");
    expect(JSON.parse(out)).toMatchObject([
      { run: "2025-05-03-cli-1-redrive-1", date: "2025-05-03", state: "PARTIAL", costUsd: 0.25 },
      { run: "2025-05-03-cli-1", date: "2025-05-03", state: "SUCCEEDED" },
    ]);
    expect(JSON.parse(out)[1]).not.toHaveProperty("costUsd");
  });

  test("nothing is said to be nothing", async () => {
    expect(await cli("status", "--date", "2031-01-01")).toMatchObject({
      code: 0,
      out: "  No batch of 2031-01-01 has run in local yet.\n",
    });
  });
});

test("ledger: files in a state, of any date, the newest first", async () => {
  const put = (key: string, state: string, updated_at: string, reason?: string) => {
    const item = { pk: `FILE#${key}`, sk: "ENTRY", key, dataset: "reviews", state, updated_at, reason };
    return lake.dynamo.send(new PutItemCommand({ TableName: lake.names.fileLedger, Item: toAttributes(item) }));
  };
  await put("raw/reviews/date=2025-01-01/old.csv", "rejected", "2025-01-01T00:00:00Z", "The file is empty.");
  await put("raw/reviews/date=2025-01-02/new.csv", "rejected", "2025-01-02T00:00:00Z", "No header.");
  await put("raw/reviews/date=2025-01-02/good.csv", "accepted", "2025-01-03T00:00:00Z");
  const { out } = await cli("ledger", "--state", "rejected");
  expect(out).toMatch(/date=2025-01-02\/new\.csv +No header\.\n.*date=2025-01-01\/old\.csv +The file is empty\./);
  expect(out).not.toContain("good.csv");
  expect((await cli("ledger", "--state", "rejected", "--last", "1")).out).toContain("and 1 more: --last 2");
  expect(JSON.parse((await cli("ledger", "--json")).out)).toHaveLength(3);
  expect((await cli("ledger", "--state", "duplicate")).out).toBe("  No duplicate file is in the ledger of local.\n");
  const wrong = await cli("ledger", "--state", "reject");
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining("Allowed choices are claimed, accepted, rejected"),
  ]);
});

test("quality: of the newest run of a date that came so far, in every form; a closed gate is a failure", async () => {
  const report = (run: string, verdict: string, status: string) => ({
    ...{ version: 1, run, date: "2025-07-01", processingTime: "2025-07-02T02:00:00Z", verdict },
    rows: Object.fromEntries(DATASETS.map((dataset) => [dataset, { in: 10, out: 10, quarantined: 0, duplicates: 0 }])),
    checks: [
      {
        ...{ id: "reviews.rating.maximum", dataset: "reviews", description: "rating is <= 5.", severity: "error" },
        ...{ status, observed: "2, among them R1", expected: "0", value: 2 },
      },
    ],
    ...{ profiles: {}, schemas: {}, history: { reviews: [] }, queries: [] },
  });
  const keep = async (run: string, started_at: string, kept?: object) => {
    await ledger.record("2025-07-01", run, { state: "FAILED", started_at });
    if (kept === undefined) return;
    const Key = `runs/date=2025-07-01/run=${run}/quality.json`;
    await lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key, Body: JSON.stringify(kept) }));
  };
  const none = await cli("quality", "--date", "2025-07-01");
  expect([none.code, none.err]).toEqual([1, expect.stringContaining("No run of 2025-07-01 in local came as far")]);
  await keep("old", "2025-07-02T01:00:00Z", report("old", "pass", "passed"));
  await keep("newest", "2025-07-02T03:00:00Z");
  expect(await cli("quality", "--date", "2025-07-01")).toMatchObject({
    code: 0,
    out: expect.stringContaining("run old: passed"),
  });
  await keep("new", "2025-07-02T02:00:00Z", report("new", "fail", "failed"));
  const [page, junit] = [path.join(folder, "quality.html"), path.join(folder, "quality.xml")];
  const closed = await cli("quality", "--date", "2025-07-01", "--json", "--html", page, "--junit", junit);
  expect(closed).toMatchObject({ code: 1, err: "" });
  expect(JSON.parse(closed.out)).toEqual(report("new", "fail", "failed"));
  expect(readFileSync(page, "utf8")).toContain("Failed: nothing was published");
  expect(readFileSync(junit, "utf8")).toContain('tests="1" failures="1"');
  const shown = await cli("quality", "--date", "2025-07-01");
  expect(shown.out).toMatch(/run new: FAILED[\s\S]*FAILED +reviews\.rating\.maximum +2, among them R1 +0\n/);
});

test("logs: what a run's functions said of it, and of no other, at a step", async () => {
  await ran("2025-06-01-cli-1", { date: "2025-06-01" });
  const logs = new CloudWatchLogsClient(clientConfig(environment("local"), aws.local));
  const write = async (name: "data-quality" | "summarize-run", run: string, message: string) => {
    const group = { logGroupName: lake.names.logGroups.function(name) };
    await logs.send(new CreateLogGroupCommand(group)).catch(() => {});
    await logs.send(new CreateLogStreamCommand({ ...group, logStreamName: run }));
    const event = { timestamp: Date.now(), message: JSON.stringify({ level: "info", message, run, checks: 3 }) };
    await logs.send(new PutLogEventsCommand({ ...group, logStreamName: run, logEvents: [event] }));
  };
  await write("data-quality", "2025-06-01-cli-1", "data quality checked");
  await write("summarize-run", "2025-06-01-cli-1", "run succeeded");
  await write("data-quality", "2025-06-01-cli-2", "of another run");
  const all = await cli("logs", "2025-06-01-cli-1");
  expect(all).toMatchObject({ code: 0, err: "" });
  expect(all.out).toMatch(/data-quality +info +data quality checked checks=3\n.*summarize-run +info +run succeeded/);
  expect(all.out).not.toContain("of another run");
  const step = await cli("logs", "2025-06-01-cli-1", "data-quality-checks", "--json");
  expect(
    step.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ source: "data-quality", message: { message: "data quality checked" } }]);
  expect((await cli("logs", "2025-06-01-cli-1", "EtlJobs")).out).toContain("has written nothing at EtlJobs");
  const wrong = await cli("logs", "2025-06-01-cli-1", "EtlJbos");
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("did you mean   EtlJobs")]);
});

describe("redrive", () => {
  test("goes on with the newest run of a date that failed, after being asked to mean it", async () => {
    await ran("2025-01-05-cli-1", { date: "2025-01-05" });
    await ledger.record("2025-01-05", "2025-01-05-cli-1", {
      started_at: "2099-01-01T00:00:00Z",
      failed_step: "EtlJobs",
    });
    const asked = await cli("redrive", "2025-01-05-cli-1");
    expect([asked.code, asked.err]).toEqual([
      2,
      expect.stringContaining('Go on with the run 2025-01-05-cli-1 of local, from "ETL jobs" on? Nobody can be asked'),
    ]);
    const { code, out } = await cli("redrive", "2025-01-05-cli-1", "--yes", "--no-wait", "--json");
    expect(code).toBe(0);
    const { executionArn } = JSON.parse(out);
    expect(executionArn).toMatch(/:2025-01-05-cli-1-redrive-[0-9a-f]{6}$/);
    const { input } = await lake.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(input ?? "")).toEqual({ date: "2025-01-05", trigger: "cli", redrives: "2025-01-05-cli-1" });
  });

  test("what there is nothing to go on with is refused, and what would undo a newer run", async () => {
    await ran("2025-07-01-cli-1", { date: "2025-07-01" });
    expect(await cli("redrive", "2025-07-01-cli-1", "--yes")).toMatchObject({
      code: 2,
      err: expect.stringContaining("is SUCCEEDED: there is nothing to go on with."),
    });
    await ledger.record("2025-07-01", "2025-07-01-cli-1", { state: "FAILED" });
    await ledger.record("2025-07-01", "newer", { state: "SUCCEEDED", started_at: "2099-01-01T00:00:00Z" });
    expect(await cli("redrive", "2025-07-01-cli-1", "--yes")).toMatchObject({
      code: 2,
      err: expect.stringContaining("is not the newest of 2025-07-01: newer is"),
    });
  });
});

test.each([
  [["statsu"], "Did you mean status?"],
  [["backfil"], "Did you mean backfill?"],
  [["redrive", "x", "--ye"], "Did you mean --yes?"],
])("%j gets the nearest right one", async (args, message) => {
  const { code, err } = await cli(...args);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
