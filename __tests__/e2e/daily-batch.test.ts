import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ListExecutionsCommand } from "@aws-sdk/client-sfn";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { type Fault, FaultPlan } from "../../cli/faults/fault-plan";
import { stateMachineArn } from "../../cli/lib/batch";
import { clientConfig, lakeOf } from "../../cli/lib/lake";
import type { RunningLocal } from "../../cli/lib/local-aws";
import { isAlive } from "../../cli/lib/processes";
import type { Summary } from "../../cli/lib/summary";
import { CURATED_TABLES, DATASETS } from "../../contracts";
import { environment } from "../../envs";
import type { QualityReport } from "../../functions/data-quality/report";
import { Athena } from "../../functions/lib/athena";
import { RunLedger } from "../../functions/lib/run-ledger";
import { LAKE_METRICS } from "../../modules/lib/lake-metrics";
import { names as namesOf, type QueueName } from "../../modules/lib/naming";
import { objectCreated } from "../functions/object-created";
import { emittedMetrics } from "./emitted-metrics";
import { DATE, LEFT_OUT, writeFiles } from "./files";

// Two batches on real Spark, on two cores that others may use too.
jest.setTimeout(1_200_000);

const ROOT = path.resolve(__dirname, "../..");
const folder = mkdtempSync(path.join(tmpdir(), "daily-batch-"));
const runs = path.join(folder, "runs");
const registry = path.join(runs, "local.json");
const summaryFile = path.join(folder, "summary.json");
const env = { ...process.env, LAKE_RUNS: runs };

let start: ChildProcess;
/** What `npm start` printed. */
let said = "";
let local: RunningLocal;

/** Runs the command line as npm scripts do. */
function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(ROOT, "cli/bootstrap.mjs"), ...args], { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

/** Waits until `npm start -- --keep` has run its batch and says that the local AWS stays up. */
async function untilUp(output: Readable): Promise<void> {
  for await (const line of createInterface({ input: output })) {
    said += `${line}\n`;
    if (line.includes("Up until Ctrl-C")) return;
  }
  throw new Error(`npm start ended:\n${said}`);
}

beforeAll(async () => {
  writeFiles(path.join(folder, "data"));
  const args = [
    "start",
    "--data",
    path.join(folder, "data"),
    "--date",
    DATE,
    "--summary",
    summaryFile,
    "--keep",
    "--faults",
  ];
  const command = [path.join(ROOT, "cli/bootstrap.mjs"), ...args];
  start = spawn(process.execPath, command, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
  if (start.stdout) await untilUp(start.stdout);
  local = JSON.parse(readFileSync(registry, "utf8"));
});

afterAll(async () => {
  if (start.exitCode === null && start.signalCode === null) {
    start.kill("SIGTERM");
    await once(start, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

const summaryOf = (text: string): Summary => JSON.parse(text);

async function query(sql: string, zone: "processed" | "curated") {
  const lake = lakeOf(environment("local"), local);
  const { rows } = await new Athena(lake.athena, { workgroup: lake.names.workgroup }).query(
    sql,
    lake.names.database(zone),
  );
  return rows;
}

/** What every table holds, but for the time at which it was written. */
async function contentOfTables(): Promise<Record<string, string[]>> {
  const tables = [
    ...DATASETS.map((name) => ["processed", name] as const),
    ...CURATED_TABLES.map((name) => ["curated", name] as const),
  ];
  const content: Record<string, string[]> = {};
  for (const [zone, name] of tables) {
    const rows = await query(`SELECT * FROM ${name}`, zone);
    content[`${zone}.${name}`] = rows
      .map(({ processing_timestamp, processing_date, ...row }) => JSON.stringify(row))
      .toSorted();
  }
  return content;
}

const FILES = {
  transactions: { accepted: 2, duplicate: 1, rejected: 4 },
  products: { accepted: 2, duplicate: 0, rejected: 1 },
  clickstream: { accepted: 1, duplicate: 0, rejected: 1 },
  reviews: { accepted: 1, duplicate: 0, rejected: 1 },
};
const ROWS = {
  transactions: { in: 30, out: 27, quarantined: 2, duplicates: 1 },
  products: { in: 5, out: 4, quarantined: 0, duplicates: 1 },
  clickstream: { in: 17, out: 15, quarantined: 1, duplicates: 1 },
  reviews: { in: 12, out: 10, quarantined: 1, duplicates: 1 },
};

test("the summary says exactly what became of every file and record", () => {
  const summary = summaryOf(readFileSync(summaryFile, "utf8"));
  expect(Object.keys(summary).sort()).toEqual([
    "date",
    "durations",
    "executionArn",
    "failures",
    "files",
    "kpis",
    "rows",
    "status",
  ]);
  expect(summary).toMatchObject({ status: "SUCCEEDED", date: DATE, files: FILES, rows: ROWS });
  expect(summary.executionArn).toMatch(
    /^arn:aws:states:us-east-1:123456789012:execution:commerce-lake-local:2025-01-15-cli-/,
  );
  expect(Object.keys(summary.durations)).toEqual([
    "ValidateFiles",
    "RunCrawlers",
    "EtlJobs",
    "DataQualityChecks",
    "MergeMasterData",
    "RefreshAthenaTables",
    "SendNotification",
  ]);
  expect(Math.min(...Object.values(summary.durations))).toBeGreaterThan(0);
  expect(summary.kpis).toEqual([
    {
      date: DATE,
      orders: 4,
      units: 4,
      revenue: 140,
      customers: 3,
      average_order_value: 35,
      returns: 1,
      return_rate: 0.2,
      sessions: 3,
      conversion_rate: 0.3333,
      reviews: 8,
      average_rating: expect.closeTo(3.875, 2),
    },
  ]);
});

test("people see the seven steps, and which files were left out and why", () => {
  const steps = [
    "Validate files",
    "Run crawlers",
    "ETL jobs",
    "Data quality checks",
    "Merge master data",
    "Refresh Athena tables",
    "Send notification",
  ];
  steps.forEach((title, index) => {
    expect(said).toMatch(new RegExp(`✓ ${index + 1} ${title} +succeeded`));
  });
  for (const [file, [state, why]] of Object.entries(LEFT_OUT)) {
    const [dataset, ...name] = file.split("/");
    const lines = said.split("\n");
    const at = lines.findIndex((line) => line.endsWith(`raw/${dataset}/date=${DATE}/${name.join("/")}`));
    expect([file, lines[at]]).toEqual([file, expect.stringMatching(new RegExp(`^ +${state} `))]);
    expect([file, lines[at + 1]]).toEqual([file, expect.stringMatching(why)]);
  }
  // Of two equal files one is the duplicate of the other.
  expect(said).toMatch(
    /duplicate +raw\/transactions\/date=2025-01-15\/\S+\n +Same content as raw\/transactions\/date=2025-01-15\//,
  );
  expect(said).toContain(`aws --region us-east-1 --endpoint-url ${local.endpoint} s3 ls`);
});

test("values come through every format and spelling as they were written", async () => {
  const reviews = await query(
    "SELECT review_id, review_text FROM reviews WHERE review_id IN ('R1', 'R3', 'R5', 'R6', 'R10')",
    "processed",
  );
  expect(Object.fromEntries(reviews.map(({ review_id, review_text }) => [review_id, review_text]))).toEqual({
    R1: 'Edited: broke, after "a" day',
    R3: 'Kaputt.\r\n\r\n"Nie wieder"',
    R5: 'ends with a quote "',
    R6: '\\ is no escape, "\\"',
    R10: "良い 👍",
  });
  const sales = await query(
    "SELECT transaction_id, customer_id, total_amount, status, CAST(transaction_date AS varchar) AS at FROM transactions WHERE transaction_id IN ('T1', 'T2', 'T3', 'K1')",
    "processed",
  );
  const byId = Object.fromEntries(sales.map(({ transaction_id, ...rest }) => [transaction_id, rest]));
  expect(byId).toMatchObject({
    T1: { status: "refunded", at: expect.stringContaining("2025-01-15 11:00:00") },
    T2: { total_amount: "60.00", status: "completed", at: expect.stringContaining("2025-01-15 00:00:00") },
    T3: { total_amount: "10.00" },
    K1: { customer_id: "Ç1" },
  });
  const products = await query(
    "SELECT product_id, name, category, department FROM products ORDER BY product_id",
    "processed",
  );
  expect(products).toEqual([
    expect.objectContaining({ product_id: "P1", name: "Brûlée torch", department: "Home" }),
    { product_id: "P2", name: "Zelt\n2 Personen", category: "Sports", department: "Outdoor & Garage" },
    { product_id: "P3", name: "鍋", category: "Unheard of", department: null },
    expect.objectContaining({ product_id: "P4", name: "Mug" }),
  ]);
});

test("what analysts see is masked", async () => {
  const content = JSON.stringify(
    await contentOfTables().then(
      ({ "curated.transactions": sales, "curated.reviews": reviews, "curated.clickstream": events }) => [
        sales,
        reviews,
        events,
      ],
    ),
  );
  for (const secret of ["Ç1", '\\"C1\\"', "192.0.2.7", "Kaputt"]) expect(content).not.toContain(secret);
  expect(content).toContain("T7");
});

test("run again, the batch gives the same tables", async () => {
  const before = await contentOfTables();
  const { code, out, err } = await cli("pipeline", "run", "--env", "local", "--date", DATE, "--json");
  expect(err).toBe("");
  expect({ code, ...summaryOf(out) }).toMatchObject({ code: 0, status: "SUCCEEDED", files: FILES, rows: ROWS });
  expect(await contentOfTables()).toEqual(before);
});

test("a date without files succeeds with zero rows, and says so; the tables stay as they are", async () => {
  const before = await contentOfTables();
  const file = path.join(folder, "nothing.json");
  const { code, out } = await cli("pipeline", "run", "--env", "local", "--date", "2025-02-01", "--summary", file);
  expect(code).toBe(0);
  expect(out).toContain("There is no file for 2025-02-01");
  expect(out).toMatch(/– 3 ETL jobs +skipped/);
  const none = { in: 0, out: 0, quarantined: 0, duplicates: 0 };
  expect(summaryOf(readFileSync(file, "utf8"))).toMatchObject({
    status: "SUCCEEDED",
    rows: { transactions: none, products: none, clickstream: none, reviews: none },
    kpis: [],
  });
  expect(await contentOfTables()).toEqual(before);
});

test("the checks can be run again by hand, find the same, and change nothing; promoted, a warning closes the gate", async () => {
  const ask = async (...more: string[]) => {
    const { code, out, err } = await cli("pipeline", "quality", "--date", DATE, "--json", ...more);
    const report: QualityReport = JSON.parse(out);
    return { code, err, report, found: report.checks.map(({ id, status, observed }) => [id, status, observed]) };
  };
  const kept = await ask();
  const now = await ask("--now");
  expect(kept).toMatchObject({ code: 0, err: "" });
  expect({ ...now, report: now.report.run }).toEqual({ ...kept, report: kept.report.run });
  expect(kept.report.queries.length).toBeGreaterThan(DATASETS.length);
  expect(kept.report.checks.some(({ status }) => status === "failed")).toBe(kept.report.verdict === "warn");
  const strict = await ask("--now", "--promote", "*");
  expect([strict.code, strict.report.verdict]).toEqual(kept.report.verdict === "warn" ? [1, "fail"] : [0, "pass"]);
});

test("a named query takes its parameters by option too, and prints JSON and CSV", async () => {
  const one = await cli("pipeline", "query", "batch_kpis", "--param", DATE, "--json");
  expect(JSON.parse(one.out)).toContainEqual(expect.objectContaining({ date: "2025-01-13", orders: 20, revenue: 200 }));
  const csv = await cli("pipeline", "query", "daily_kpis", "--param", DATE, "--param", DATE, "--csv");
  expect(csv.out).toMatch(/^date,orders,.*\n2025-01-15,4,4,140.00,3,35.0,1,0.2,3,0.3333,8,3.88\n$/);
});

test("the ledger, the runs and the named queries can be asked for", async () => {
  const ledger = await cli("pipeline", "ledger", "--date", DATE);
  expect(ledger.out).toMatch(/transactions +accepted +2 +0 +kiosk\.csv\.gz/);
  expect(ledger.out).toMatch(/reviews +rejected .*stock-list\.csv +Missing columns/);
  const status = await cli("pipeline", "status");
  expect(status.out.match(/2025-01-15-cli-\w+ +SUCCEEDED/g)).toHaveLength(2);
  const days = await cli("pipeline", "query", "batch_kpis", DATE);
  expect(days).toMatchObject({ code: 0, err: "" });
  expect(days.out).toMatch(/2025-01-13 +20 +20 +200/);
  const wrong = await cli("pipeline", "query", "daily_kpis", DATE);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain("daily_kpis takes 2 parameter(s), and was given 1.");
});

/**
 * Figures of what did not happen here: bands and what is usual need more good runs than these, no run was of yesterday, nobody stopped one, no
 * date was held by another, and the local AWS sends no bill.
 */
const NOT_EMITTED = [
  "VolumeLeast of Dataset",
  "VolumeMost of Dataset",
  "DueRunsSucceeded",
  "RunsStopped",
  "LockConflicts",
  "RunSlowness",
  "DaySpend",
  "ServiceSpend of Service",
  "MonthSpend",
  "MonthForecast",
];

/** Runs of a date, by name. */
async function runsOf(date: string): Promise<Record<string, string>> {
  const lake = lakeOf(environment("local"), local);
  const machine = { stateMachineArn: await stateMachineArn(lake) };
  const { executions = [] } = await lake.stepFunctions.send(new ListExecutionsCommand(machine));
  const ofDate = executions.filter(({ name = "" }) => name.startsWith(date));
  return Object.fromEntries(ofDate.map(({ name, status }) => [name, status ?? ""]));
}

async function queueOf(name: QueueName): Promise<{ sqs: SQSClient; QueueUrl: string }> {
  const sqs = new SQSClient(clientConfig(environment("local"), local));
  const QueueName = namesOf(environment("local")).queue(name);
  const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  return { sqs, QueueUrl };
}

/** Messages of a queue, those included that are hidden for a while. */
async function messagesIn(name: QueueName): Promise<number> {
  const { sqs, QueueUrl } = await queueOf(name);
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, attribute) => sum + Number(Attributes[attribute]), 0);
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await sleep(500);
}

const UPLOADED = "raw/reviews/date=2025-01-16/by hand + 100%é.csv";

test("a file that somebody uploads ends in the curated tables without any further command", async () => {
  const lake = lakeOf(environment("local"), local);
  const Body =
    "review_id,product_id,customer_id,rating,review_text,review_date,verified_purchase,helpful_votes\n" +
    "U1,P1,C1,5,uploaded,2025-01-16,true,3\n";
  await lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key: UPLOADED, Body }));
  await until(async () => Object.values(await runsOf("2025-01-16")).includes("SUCCEEDED"));
  expect(await query("SELECT rating FROM reviews WHERE review_id = 'U1'", "curated")).toEqual([{ rating: "5" }]);
  const { out } = await cli("pipeline", "ledger", "--date", "2025-01-16");
  expect(out).toMatch(/reviews +accepted +1 +0 +by hand \+ 100%é\.csv/);
  expect(Object.keys(await runsOf("2025-01-16"))).toEqual([expect.stringMatching(/^2025-01-16-upload-/)]);
});

test("what a command uploaded for a run of its own starts no other", async () => {
  await until(async () => (await messagesIn("uploads")) === 0);
  const names = Object.keys(await runsOf(DATE));
  expect(names.filter((name) => !name.startsWith(`${DATE}-cli-`))).toEqual([]);
});

test("dead letters are sent again on demand, and what was done already is not done twice", async () => {
  const { sqs, QueueUrl } = await queueOf("unstarted-uploads");
  const bucket = namesOf(environment("local")).bucket;
  const event = objectCreated({ bucket, key: UPLOADED, etag: "of an event that is late" });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
  const look = await cli("pipeline", "redrive-uploads", "--dry-run");
  expect(look).toMatchObject({ code: 0, err: "", out: expect.stringContaining(JSON.stringify(UPLOADED)) });
  expect(await cli("pipeline", "redrive-uploads")).toMatchObject({
    code: 0,
    out: expect.stringContaining("1 sent again."),
  });
  await until(async () => (await messagesIn("uploads")) === 0);
  expect(await messagesIn("unstarted-uploads")).toBe(0);
  expect(Object.keys(await runsOf("2025-01-16"))).toHaveLength(1);
});

test("an event on the lake's bus starts a run, once; how it ended is told on the bus; what asks for none is refused", async () => {
  const events = new EventBridgeClient(clientConfig(environment("local"), local));
  const EventBusName = namesOf(environment("local")).eventBus;
  const { sqs } = await queueOf("uploads");
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "heard" }));
  const rule = { Name: "heard", EventBusName };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify({ source: ["commerce-lake"] }) }));
  const Arn = `arn:aws:sqs:${local.region}:${local.account}:heard`;
  await events.send(new PutTargetsCommand({ Rule: rule.Name, EventBusName, Targets: [{ Id: "heard", Arn }] }));
  const put = (DetailType: string, detail: object) =>
    events.send(
      new PutEventsCommand({ Entries: [{ EventBusName, Source: "shop", DetailType, Detail: JSON.stringify(detail) }] }),
    );
  const request = { version: 1, date: "2025-02-02", requestId: "nightly 17" };
  await Promise.all([put("RunRequested", request), put("RunRequested", request)]);
  await put("RunRequested", { version: 1, date: "2025-02-30" });

  const receive = { QueueUrl, WaitTimeSeconds: 20 };
  const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand(receive));
  const { detail, ...event } = JSON.parse(message?.Body ?? "{}");
  expect(event).toMatchObject({ source: "commerce-lake", "detail-type": "RunSucceeded" });
  expect(detail).toMatchObject({ date: "2025-02-02", trigger: "event", status: "SUCCEEDED", published: [] });
  expect(await runsOf("2025-02-02")).toEqual({ [detail.run]: "SUCCEEDED" });
  await until(async () => (await messagesIn("refused-requests")) === 1);
});

describe("a run that is broken on purpose says where and why, ends with 1, and leaves the tables as they are", () => {
  let before: Record<string, string[]>;
  beforeAll(async () => {
    before = await contentOfTables();
  });

  // What takes no Spark; all the others are in `npm run test:faults`.
  test.each<[string, Fault, RegExp, RegExp]>([
    [
      "validate-file is killed",
      { target: "lambda:validate-file", fault: "kill" },
      /✗ 1 Validate files +failed/,
      /Failed at ValidateFiles: .*\n.*SIGKILL/,
    ],
    [
      "the crawl fails",
      { target: "crawler:transactions", fault: "crash" },
      /✗ 2 Run crawlers +failed/,
      /Failed at RunCrawlers: .*\n.*raw-transactions-local/,
    ],
    [
      "a job runs out of time",
      { target: "glue:transaction-etl", fault: "timeout", seconds: 1 },
      /✗ 3 ETL jobs +failed/,
      /Failed at EtlJobs: .*\n.*timeout of 60 minutes/,
    ],
  ])("%s", async (_, asked, step, reason) => {
    const faults = new FaultPlan(local.endpoint);
    const fault = await faults.ask(asked);
    const file = path.join(folder, "failed.json");
    const { code, out } = await cli("pipeline", "run", "--date", DATE, "--datasets", "transactions", "--summary", file);
    await faults.lift(fault);
    expect(code).toBe(1);
    expect(out).toMatch(step);
    expect(out).toMatch(reason);
    expect(summaryOf(readFileSync(file, "utf8"))).toMatchObject({ status: "FAILED", kpis: [] });
    expect(await contentOfTables()).toEqual(before);
    const lake = lakeOf(environment("local"), local);
    expect(await new RunLedger(lake.names.runLedger, lake.dynamo).holderOf(DATE)).toBeUndefined();
  });
});

test("every figure that dashboards show stands in the logs of these runs, but for what did not happen", async () => {
  const emitted = await emittedMetrics(lakeOf(environment("local"), local));
  const declared = Object.entries(LAKE_METRICS).flatMap(([name, { of }]) =>
    of.map((scope) => (scope === "environment" ? name : `${name} of ${scope}`)),
  );
  expect([...emitted].filter((name) => !declared.includes(name))).toEqual([]);
  expect(declared.filter((name) => !emitted.has(name))).toEqual(NOT_EMITTED);
});

test("Ctrl-C ends everything, successfully", async () => {
  start.kill("SIGINT");
  expect(await once(start, "exit")).toEqual([0, null]);
  expect(isAlive(local.pid)).toBe(false);
  expect(existsSync(registry)).toBe(false);
});
