import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { toAttributes } from "../../../functions/lib/dynamo";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, LakeObjects } from "../../../functions/lib/lake-objects";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { uploadOf } from "../../../functions/lib/upload-event";
import { nextRun, startPipeline, type UploadMessage } from "../../../functions/start-pipeline/start-pipeline";
import { validateUpload } from "../../../functions/validate-file/validate-upload";
import { silent, unmeasured } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";
import { objectCreated } from "../object-created";

const DATE = "2025-01-15";
const NOW = Date.parse("2025-01-16T02:00:00Z");
const HEADER = "review_id,product_id,customer_id,rating,review_date\n";
const review = (id: string) => `${HEADER}${id},P1,C1,5,2025-01-15\n`;
const dynamo = () => new DynamoDBClient({});

/** Step Functions, as far as names go: a name is one execution, and one that is over is not started again. */
class FakeExecutions {
  readonly started: string[] = [];
  readonly over = new Set<string>();
  trouble: Error | undefined;

  async start(name: string): Promise<boolean> {
    if (this.trouble) throw this.trouble;
    if (this.over.has(name)) return false;
    if (!this.started.includes(name)) this.started.push(name);
    return true;
  }

  async isOver(name: string): Promise<boolean> {
    return this.over.has(name);
  }
}

let moto: Moto;
let s3: S3Client;
let bucket: string;
let files: FileLedger;
let runs: RunLedger;
let objects: LakeObjects;
let executions: FakeExecutions;
let now: number;
let lakes = 0;

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ forcePathStyle: true });
});
afterAll(() => moto.stop());
beforeEach(async () => {
  bucket = `lake-${++lakes}`;
  now = NOW;
  await createBucket(bucket);
  await createLedger(`files-${bucket}`, "updated_at");
  await createLedger(`runs-${bucket}`, "started_at");
  files = new FileLedger(`files-${bucket}`, dynamo());
  runs = new RunLedger(`runs-${bucket}`, dynamo());
  objects = new LakeObjects(bucket, s3);
  executions = new FakeExecutions();
});

let messages = 0;
/** Puts a file; the message of its arrival. */
async function put(name: string, content: string, dataset = "reviews", date = DATE): Promise<UploadMessage> {
  const key = `raw/${dataset}/date=${date}/${name}`;
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(content) }));
  const event = objectCreated({ bucket, key, etag: bareEtag(ETag), size: content.length });
  return { messageId: `m${++messages}`, upload: uploadOf(event) };
}

async function validate({ upload }: UploadMessage): Promise<void> {
  await validateUpload(upload, { objects, ledger: files, logger: silent, metrics: unmeasured }, 60_000);
}

async function arrive(...args: Parameters<typeof put>): Promise<UploadMessage> {
  const message = await put(...args);
  await validate(message);
  return message;
}

async function start(...batch: UploadMessage[]): Promise<{ waiting: string[] }> {
  const { waiting } = await startPipeline(batch, {
    files,
    runs,
    objects,
    executions,
    logger: silent,
    now: () => now,
  });
  return { waiting: waiting.sort() };
}
const ids = (...batch: UploadMessage[]) => batch.map(({ messageId }) => messageId).sort();

let clock = 0;
/** A run as the state machine leaves it: its record, and its manifest where it came so far. */
async function ran(run: string, state: string, read?: Record<string, UploadMessage[]>): Promise<void> {
  const at = new Date(NOW - 86_400_000 + ++clock * 1_000).toISOString();
  await runs.record(DATE, run, { state, started_at: at, ended_at: at });
  if (read === undefined) return;
  const datasets = Object.entries(read).map(([dataset, of]) => [
    dataset,
    { files: of.map(({ upload: { key, etag } }) => ({ key, etag })), excluded: [] },
  ]);
  await objects.writeJson(`runs/date=${DATE}/run=${run}/manifest.json`, { datasets: Object.fromEntries(datasets) });
}

async function lock(run: string, expires = NOW / 1000 + 3_600): Promise<void> {
  const item = toAttributes({ pk: `LOCK#${DATE}`, sk: "LOCK", run, expires_at: expires });
  await dynamo().send(new PutItemCommand({ TableName: `runs-${bucket}`, Item: item }));
}

describe("starts one run for a date", () => {
  test("for an accepted file, whose message stays until the run has read it", async () => {
    const message = await arrive("a.csv", review("R1"));
    expect(await start(message)).toEqual({ waiting: ids(message) });
    expect(executions.started).toEqual([nextRun(DATE, undefined)]);
    expect(executions.started[0]).toMatch(/^2025-01-15-upload-[0-9a-f]{12}$/);

    await ran(nextRun(DATE, undefined), "RUNNING", { reviews: [message] });
    expect(await start(message)).toEqual({ waiting: [] });
    expect(executions.started).toHaveLength(1);
  });

  test("however many files came, in however many batches", async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, id) => arrive(`${id}.csv`, review(`R${id}`))));
    await Promise.all([start(...all.slice(0, 20)), start(...all.slice(20)), start(...all)]);
    expect(executions.started).toHaveLength(1);
  });

  test("and another for another date", async () => {
    const other = await arrive("b.csv", review("R2"), "reviews", "2025-01-16");
    await start(await arrive("a.csv", review("R1")), other);
    expect(executions.started.sort()).toEqual([nextRun(DATE, undefined), nextRun("2025-01-16", undefined)].sort());
  });

  test("again, for a file that came too late for the last one", async () => {
    const first = await arrive("a.csv", review("R1"));
    await ran("run-1", "SUCCEEDED", { reviews: [first] });
    const late = await arrive("b.csv", review("R2"));
    expect(await start(first, late)).toEqual({ waiting: ids(late) });
    expect(executions.started).toEqual([nextRun(DATE, "run-1")]);
  });

  test("again, for a file that was replaced, and once more where the old one was put back", async () => {
    const one = await arrive("a.csv", review("R1"));
    await ran("run-1", "SUCCEEDED", { reviews: [one] });
    const two = await arrive("a.csv", review("R2"));
    await start(two);
    await ran("run-2", "SUCCEEDED", { reviews: [two] });
    const back = await arrive("a.csv", review("R1"));
    await start(back);
    expect(executions.started).toEqual([nextRun(DATE, "run-1"), nextRun(DATE, "run-2")]);
  });

  test("for a dataset that the newest run was not for", async () => {
    const message = await arrive("a.csv", review("R1"));
    await ran("run-1", "SUCCEEDED", { reviews: [message] });
    await ran("run-2", "SUCCEEDED", { products: [] });
    expect(await start(message)).toEqual({ waiting: [] });
    await ran("run-3", "SUCCEEDED", { reviews: [] });
    expect(await start(message)).toEqual({ waiting: ids(message) });
  });
});

describe("starts none", () => {
  test("for a file that the run of a person read, however that run ended", async () => {
    const message = await arrive("a.csv", review("R1"));
    await ran("2025-01-15-cli-1", "FAILED", { reviews: [message] });
    expect(await start(message)).toEqual({ waiting: [] });
    expect(executions.started).toEqual([]);
  });

  test("for what was rejected, is a duplicate, lies in the wrong place or marks a folder", async () => {
    const original = await arrive("a.csv", review("R1"));
    await ran("run-1", "SUCCEEDED", { reviews: [original] });
    const batch = [
      await arrive("copy.csv", review("R1")),
      await arrive("bad.csv", "hello"),
      await arrive("x.csv", "x", "orders"),
      await arrive("sub/", ""),
    ];
    expect(await start(...batch)).toEqual({ waiting: [] });
    expect(executions.started).toEqual([]);
  });

  test("for a file that is gone, before or after it was validated", async () => {
    const batch = [await arrive("a.csv", review("R1")), await put("b.csv", review("R2"))];
    for (const { upload } of batch) await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: upload.key }));
    expect(await start(...batch)).toEqual({ waiting: [] });
    expect(executions.started).toEqual([]);
  });

  test("for a file that is not validated yet: its message waits", async () => {
    const message = await put("a.csv", review("R1"));
    expect(await start(message)).toEqual({ waiting: ids(message) });
    expect(executions.started).toEqual([]);
  });

  test("for a file that was overwritten and not validated since", async () => {
    const old = await arrive("a.csv", review("R1"));
    const now = await put("a.csv", review("R2"));
    expect(await start(old, now)).toEqual({ waiting: ids(old, now) });
    expect(executions.started).toEqual([]);
  });
});

describe("events", () => {
  test("that come twice start one run", async () => {
    const message = await arrive("a.csv", review("R1"));
    await start(message, { ...message, messageId: "again" });
    await start({ ...message, messageId: "and again" });
    expect(executions.started).toHaveLength(1);
  });

  test("that come out of order are about the object that is there", async () => {
    const old = await put("a.csv", review("R1"));
    const newer = await arrive("a.csv", review("R2"));
    await validate(old);
    expect(await start(newer, old)).toEqual({ waiting: ids(newer, old) });
    await ran(nextRun(DATE, undefined), "SUCCEEDED", { reviews: [newer] });
    expect(await start(old)).toEqual({ waiting: [] });
    expect(executions.started).toHaveLength(1);
  });
});

describe("while a date is held", () => {
  test("its files wait, and those of other dates do not", async () => {
    const message = await arrive("a.csv", review("R1"));
    const other = await arrive("b.csv", review("R2"), "reviews", "2025-01-16");
    await lock("2025-01-15-cli-1");
    expect(await start(message, other)).toEqual({ waiting: ids(message, other) });
    expect(executions.started).toEqual([nextRun("2025-01-16", undefined)]);
  });

  test("its files are not looked up, however many", async () => {
    const message = await put("a.csv", review("R1"));
    await lock("2025-01-15-cli-1");
    const untouched: FileLedger = Object.create(files, {
      getAll: {
        value: async (keys: readonly string[]) => {
          expect(keys).toEqual([]);
          return new Map();
        },
      },
    });
    const clients = { files: untouched, runs, objects, executions, logger: silent, now: () => now };
    expect(await startPipeline([message], clients)).toEqual({ waiting: ids(message) });
  });

  test("by a run that was stopped or ran out of time before it read a file, the next waits a while", async () => {
    const message = await arrive("a.csv", review("R1"));
    await ran("run-1", "ABORTED");
    await ran("run-2", "TIMED_OUT");
    const [{ ended_at } = {}] = await runs.ofDate(DATE);
    now = Date.parse(String(ended_at)) + 1_199_000;
    await start(message);
    expect(executions.started).toEqual([]);
    now += 1_000;
    await start(message);
    expect(executions.started).toHaveLength(1);
  });

  test("by a run that is over, or by a lease that is, a run is started", async () => {
    const message = await arrive("a.csv", review("R1"));
    await lock("2025-01-15-cli-1");
    executions.over.add("2025-01-15-cli-1");
    await start(message);
    expect(executions.started).toHaveLength(1);

    executions.started.length = 0;
    await lock("2025-01-15-cli-2", NOW / 1000 - 1);
    await start(message);
    expect(executions.started).toHaveLength(1);
  });
});

describe("a run that failed before it read a file", () => {
  test("is followed by another after a while, and by the next after twice that", async () => {
    const message = await arrive("a.csv", review("R1"));
    await ran("run-1", "FAILED");
    const [{ ended_at } = {}] = await runs.ofDate(DATE);
    const ended = Date.parse(String(ended_at));
    now = ended + 599_000;
    expect(await start(message)).toEqual({ waiting: ids(message) });
    expect(executions.started).toEqual([]);
    now = ended + 600_000;
    await start(message);
    expect(executions.started).toEqual([nextRun(DATE, "run-1")]);

    await ran("run-2", "FAILED");
    now = ended + 1_100_000;
    await start(message);
    expect(executions.started).toHaveLength(1);
    now = ended + 1_300_000;
    await start(message);
    expect(executions.started).toEqual([nextRun(DATE, "run-1"), nextRun(DATE, "run-2")]);
  });
});

describe("faults", () => {
  test("a throttled start leaves the date's messages in the queue, and no other date's", async () => {
    const message = await arrive("a.csv", review("R1"));
    const read = await arrive("b.csv", review("R2"), "reviews", "2025-01-16");
    await objects.writeJson("runs/date=2025-01-16/run=r/manifest.json", {
      datasets: { reviews: { files: [{ key: read.upload.key, etag: read.upload.etag }], excluded: [] } },
    });
    await runs.record("2025-01-16", "r", { state: "SUCCEEDED", started_at: new Date(NOW).toISOString() });
    executions.trouble = Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
    expect(await start(message, read)).toEqual({ waiting: ids(message) });
    executions.trouble = undefined;
    await start(message);
    expect(executions.started).toEqual([nextRun(DATE, undefined)]);
  });

  test("where no date can be started the call fails, so that its alarm is heard", async () => {
    const message = await arrive("a.csv", review("R1"));
    executions.trouble = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    await expect(start(message)).rejects.toThrow("not authorized");
  });

  test("a ledger that throttles fails the call as a whole, so that every message comes back", async () => {
    const message = await arrive("a.csv", review("R1"));
    const trouble = Object.assign(new Error("slow down"), { name: "ProvisionedThroughputExceededException" });
    const broken = { getAll: () => Promise.reject(trouble) };
    await expect(
      startPipeline([message], { files: broken, runs, objects, executions, logger: silent }),
    ).rejects.toThrow("slow down");
    expect(executions.started).toEqual([]);
  });

  test("a crash after the start and before the answer starts nothing twice, whether the run is over by then or not", async () => {
    const message = await arrive("a.csv", review("R1"));
    await start(message); // … and its answer is lost
    await start(message);
    expect(executions.started).toHaveLength(1);
    await ran(nextRun(DATE, undefined), "SUCCEEDED", { reviews: [message] });
    expect(await start(message)).toEqual({ waiting: [] });
    expect(executions.started).toHaveLength(1);
  });

  test("a run that lost the race for its date is not taken for one that read the file", async () => {
    const message = await arrive("a.csv", review("R1"));
    await start(message);
    // It ended with RunInProgress, without a record; the other was for products alone.
    executions.over.add(nextRun(DATE, undefined));
    expect(await start(message)).toEqual({ waiting: ids(message) });
    await ran("2025-01-15-cli-1", "SUCCEEDED", { products: [] });
    await start(message);
    expect(executions.started).toEqual([nextRun(DATE, undefined), nextRun(DATE, "2025-01-15-cli-1")]);
  });
});
