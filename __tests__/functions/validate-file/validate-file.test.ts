import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { DynamoDBClient, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ClaimLost, FileBusy, InvalidEvent, ValidationInterrupted } from "../../../functions/lib/errors";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, createS3Client, LakeObjects } from "../../../functions/lib/lake-objects";
import type { Metrics } from "../../../functions/lib/metrics";
import { type ValidateFileEvent, validateFile, validatorOf } from "../../../functions/validate-file/validate-file";
import { rememberedMetrics } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";

const BUCKET = "lake";
const PREFIX = "raw/reviews/date=2025-01-15/";
const HEADER = "review_id,product_id,customer_id,rating,review_date\n";
const GOOD = `${HEADER}R1,P1,C1,5,2025-01-15\n`;
const BAD = `${HEADER}R1,P1,C1,9,2025-01-15\n`;
const logger = { info: () => {}, warn: () => {}, error: () => {} };

let moto: Moto;
let s3: S3Client;
let ledger: FileLedger;
let objects: LakeObjects;
let table: string;
let now: number;
let tables = 0;

let metrics: Metrics;
let emitted: ReturnType<typeof rememberedMetrics>["emitted"];

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ forcePathStyle: true });
  await createBucket(BUCKET);
});
afterAll(() => moto.stop());
beforeEach(async () => {
  table = `file-ledger-${++tables}`;
  await createLedger(table, "updated_at");
  now = Date.parse("2025-01-16T02:00:00Z");
  ledger = new FileLedger(table, new DynamoDBClient({}), () => now);
  objects = new LakeObjects(BUCKET, s3);
  ({ metrics, emitted } = rememberedMetrics());
});

async function put(name: string, content: string | Uint8Array): Promise<ValidateFileEvent> {
  const key = PREFIX + name;
  const { ETag } = await s3.send(
    // The SDK knows the length of every text but an empty one, and warns.
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: content, ContentLength: Buffer.byteLength(content) }),
  );
  return {
    run: "2025-01-15-cli-1",
    date: "2025-01-15",
    processingTime: "2025-01-16T02:00:00Z",
    dataset: "reviews",
    bucket: BUCKET,
    key,
    etag: bareEtag(ETag),
  };
}

const validate = (event: ValidateFileEvent, from: LakeObjects = objects, to: FileLedger = ledger) =>
  validateFile(event, { objects: from, ledger: to, logger, metrics }, 60_000);

/** Objects that count how often they are read, and can be made to break. */
class WatchedObjects extends LakeObjects {
  opened: string[] = [];
  spoil: (body: Readable) => Readable = (body) => body;

  override async open(key: string) {
    this.opened.push(key);
    const object = await super.open(key);
    return object === undefined ? undefined : { ...object, body: this.spoil(object.body) };
  }
}

describe("a file", () => {
  test("is accepted, and its entry says so", async () => {
    const event = await put("good.csv", GOOD);
    expect(await validate(event)).toEqual({
      key: event.key,
      dataset: "reviews",
      state: "accepted",
      rows: 1,
      badRows: 0,
    });
    expect(await ledger.get(event.key)).toMatchObject({
      state: "accepted",
      etag: event.etag,
      md5: event.etag,
      rows: 1,
      validator: validatorOf("reviews"),
    });
  });

  test("is rejected, and its entry says why", async () => {
    const event = await put("bad.csv", BAD);
    const result = await validate(event);
    expect(result).toMatchObject({
      state: "rejected",
      rows: 1,
      badRows: 1,
      reason: expect.stringContaining("rating.maximum 1 (line 2)"),
    });
    expect(await ledger.get(event.key)).toMatchObject({ state: "rejected", reason: result.reason });
  });

  test("with the content of another is a duplicate", async () => {
    const [original, copy] = [await put("one.csv", GOOD), await put("two.csv", GOOD)];
    await validate(original);
    expect(await validate(copy)).toEqual({
      key: copy.key,
      dataset: "reviews",
      state: "duplicate",
      original: original.key,
      reason: `Same content as ${original.key}.`,
      rows: 1,
      badRows: 0,
    });
  });

  test.each([
    "with space.csv",
    "a+b%20c.csv",
    "naïve 名前 😀.csv",
    "../../up.csv",
    "a/b/c.csv",
    "x".repeat(1_024 - PREFIX.length),
    "=1+1.csv",
    "#?&;.csv",
    "%2e%2e%2f+%2B.csv",
    "a\u202eb\u0007.csv",
    "e\u0301 é.csv",
  ])("may be called %j", async (name) => {
    const event = await put(name, GOOD);
    expect(await validate(event)).toMatchObject({ key: event.key, state: "accepted" });
    expect((await ledger.get(event.key))?.key).toBe(event.key);
  });

  test("with an evil name is shown by a tame one", async () => {
    const original = await put("=cmd|\u001b[2J\u202e.csv", GOOD);
    await validate(original);
    const result = await validate(await put("copy.csv", GOOD));
    expect(result).toMatchObject({ state: "duplicate", original: original.key });
    expect(result.reason).toBe(`Same content as ${PREFIX}=cmd|?[2J?.csv.`);
    const busy = await put("busy\u202e.csv", GOOD);
    await ledger.claim({ ...busy, size: 1 }, { run: "r", validator: validatorOf("reviews"), leaseMs: 60_000 });
    await expect(validate(busy)).rejects.toThrow(`validating ${PREFIX}busy?.csv;`);
  });

  test("outside its dataset's folder is an error of the caller", async () => {
    const event = await put("good.csv", GOOD);
    await expect(validate({ ...event, dataset: "products" })).rejects.toThrow(InvalidEvent);
    await expect(validate({ ...event, date: "2025-01-16" })).rejects.toThrow(
      "is not under raw/reviews/date=2025-01-16/",
    );
  });
});

describe("an event", () => {
  test("is counted once it is decided, of its dataset and in all, and never again", async () => {
    const first = await put("good.csv", GOOD);
    await validate(first);
    await validate(first);
    await validate(await put("again.csv", GOOD));
    await validate(await put("empty.csv", ""));
    const counted = [{ FilesAccepted: 1 }, { FilesDuplicate: 1 }, { FilesRejected: 1 }];
    expect(emitted).toEqual(
      counted.flatMap((figure) => [
        { Environment: "test", Dataset: "reviews", ...figure },
        { Environment: "test", ...figure },
      ]),
    );
  });

  test("that comes twice reads the object once, and has the same answer", async () => {
    const watched = new WatchedObjects(BUCKET, s3);
    for (const [content, state] of [
      [GOOD, "accepted"],
      [BAD, "rejected"],
    ] as const) {
      const event = await put("a.csv", content);
      const first = await validate(event, watched);
      expect(first.state).toBe(state);
      watched.opened = [];
      expect(await validate({ ...event, run: "another" }, watched)).toEqual({ ...first });
      expect(watched.opened).toEqual([]);
    }
  });

  test("that comes twice at the same time is handled once: the other may try again", async () => {
    const event = await put("a.csv", GOOD);
    const outcomes = await Promise.allSettled([validate(event), validate(event), validate(event)]);
    const done = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(done.length).toBeGreaterThanOrEqual(1);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") expect(outcome.value).toMatchObject({ state: "accepted" });
      else expect(outcome.reason).toBeInstanceOf(FileBusy);
    }
    expect(await validate(event)).toMatchObject({ state: "accepted" });
  });

  test("that comes late judges the object that is there now", async () => {
    const old = await put("a.csv", BAD);
    const current = await put("a.csv", GOOD);
    expect(await validate(old)).toMatchObject({ state: "accepted" });
    expect(await validate(current)).toMatchObject({ state: "accepted" });
    expect(await validate(old)).toMatchObject({ state: "accepted" });
    expect((await ledger.get(old.key))?.etag).toBe(current.etag);
  });

  test("of an object that was deleted enters nothing", async () => {
    const event = await put("gone.csv", GOOD);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: event.key }));
    expect(await validate(event)).toEqual({
      key: event.key,
      dataset: "reviews",
      state: "rejected",
      reason: "The object is no longer there.",
    });
    expect(await ledger.get(event.key)).toBeUndefined();
  });
});

describe("a duplicate", () => {
  test("stays one as long as its original is there", async () => {
    const [original, copy] = [await put("one.csv", GOOD), await put("two.csv", GOOD)];
    await validate(original);
    await validate(copy);
    const watched = new WatchedObjects(BUCKET, s3);
    expect(await validate(copy, watched)).toMatchObject({ state: "duplicate" });
    expect(watched.opened).toEqual([]);
  });

  test("takes the place of an original that was deleted, and keeps it when that comes back", async () => {
    const [original, copy] = [await put("one.csv", GOOD), await put("two.csv", GOOD)];
    await validate(original);
    await validate(copy);
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: original.key }));
    expect(await validate(copy)).toMatchObject({ state: "accepted" });
    expect(await validate(await put("one.csv", GOOD))).toMatchObject({ state: "duplicate", original: copy.key });
    expect(await validate(copy)).toMatchObject({ state: "accepted" });
  });

  test("takes the place of an original that other checks reject", async () => {
    const [original, copy] = [await put("one.csv", GOOD), await put("two.csv", GOOD)];
    await validate(original);
    await validate(copy);
    const facts = {
      md5: original.etag,
      compression: "none",
      bom: false,
      columns: [],
      unknownColumns: [],
      rows: 1,
      badRows: 1,
      badRules: {},
      splits: [],
    };
    const claimed = await ledger.claim(
      { ...original, size: GOOD.length },
      { run: "r", validator: "newer", leaseMs: 1 },
    );
    if ("claim" in claimed) await ledger.reject(claimed.claim, facts, "Not good enough any more.");
    expect(await validate(copy)).toMatchObject({ state: "accepted" });
  });

  test("takes the place of an original that was replaced", async () => {
    const [original, copy] = [await put("one.csv", GOOD), await put("two.csv", GOOD)];
    await validate(original);
    await validate(copy);
    await validate(await put("one.csv", `${GOOD}R2,P1,C1,5,2025-01-15\n`));
    expect(await validate(copy)).toMatchObject({ state: "accepted" });
  });
});

describe("a fault", () => {
  const breaking = (after: number) => (body: Readable) =>
    Readable.from(
      (async function* () {
        let seen = 0;
        for await (const chunk of body) {
          yield chunk.subarray(0, after - seen);
          seen += chunk.length;
          if (seen >= after) throw new Error("socket hang up");
        }
      })(),
    );

  test.each([0, 10, GOOD.length])("of S3 after %d bytes leaves the file to the next try at once", async (after) => {
    const event = await put("a.csv", GOOD);
    const watched = new WatchedObjects(BUCKET, s3);
    watched.spoil = breaking(after);
    await expect(validate(event, watched)).rejects.toThrow(ValidationInterrupted);
    await expect(validate(event, watched)).rejects.toThrow("socket hang up");
    expect(await validate(event)).toMatchObject({ state: "accepted", rows: 1 });
  });

  test.each(["none", "gzip"])(
    "of S3 that looks like the file's end leaves it to the next try (%s)",
    async (compression) => {
      const content = GOOD + "R1,P1,C1,5,2025-01-15\n".repeat(5_000);
      // Cut between two members, or behind a line: what came is a good file.
      const stored =
        compression === "gzip"
          ? Buffer.concat([gzipSync(GOOD), gzipSync(content.slice(GOOD.length))])
          : Buffer.from(content);
      const event = await put("a.csv", stored);
      const watched = new WatchedObjects(BUCKET, s3);
      const half = compression === "gzip" ? gzipSync(GOOD).length : GOOD.length;
      watched.spoil = (body) =>
        Readable.from(
          body
            .pipe(new PassThrough())
            .take(1)
            .map((chunk: Buffer) => chunk.subarray(0, half)),
        );
      await expect(validate(event, watched)).rejects.toThrow(`${half} bytes came of a file of ${stored.length}`);
      expect((await ledger.get(event.key))?.state).toBe("claimed");
      expect(await validate(event)).toMatchObject({ state: "accepted", rows: 5_001 });
    },
  );

  test("of S3 that falls silent ends after a while, and leaves the file to the next try", async () => {
    const event = await put("a.csv", GOOD);
    const server = createServer((_, response) => {
      response.writeHead(200, { etag: `"${event.etag}"`, "content-length": GOOD.length }).write(GOOD.slice(0, 60));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo; // It listens on TCP.
    try {
      process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${port}`;
      const silent = new LakeObjects(BUCKET, createS3Client(300));
      await expect(validate(event, silent)).rejects.toThrow(ValidationInterrupted);
    } finally {
      delete process.env.AWS_ENDPOINT_URL_S3;
      server.close();
      server.closeAllConnections();
    }
    expect(await validate(event)).toMatchObject({ state: "accepted", rows: 1 });
  });

  test("of DynamoDB at any of its calls ends in one true entry after the next try", async () => {
    const event = await put("a.csv", GOOD);
    const client = new DynamoDBClient({});
    const send = client.send.bind(client);
    let calls = 0;
    let fail = 1;
    client.send = async (command: Parameters<typeof send>[0]) => {
      if (++calls === fail) throw Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" });
      return send(command);
    };
    const throttled = new FileLedger(table, client, () => now);
    for (; fail <= 4; fail++) {
      calls = 0;
      await expect(validate(event, objects, throttled)).rejects.toThrow("ThrottlingException: Rate exceeded");
      expect((await ledger.get(event.key))?.state ?? "claimed").toBe("claimed");
    }
    expect(await validate(event)).toMatchObject({ state: "accepted" });
    expect(await validate({ ...(await put("b.csv", GOOD)) })).toMatchObject({
      state: "duplicate",
      original: event.key,
    });
  });

  test("of the connection after the decision was written: the next try finds it", async () => {
    const event = await put("a.csv", GOOD);
    const client = new DynamoDBClient({});
    const send = client.send.bind(client);
    client.send = async (command: Parameters<typeof send>[0]) => {
      const answer = await send(command);
      if (command instanceof TransactWriteItemsCommand) throw new Error("socket hang up");
      return answer;
    };
    await expect(validate(event, objects, new FileLedger(table, client, () => now))).rejects.toThrow("socket hang up");
    const watched = new WatchedObjects(BUCKET, s3);
    expect(await validate(event, watched)).toMatchObject({ state: "accepted", rows: 1 });
    expect(watched.opened).toEqual([]);
  });

  test("between claim and decision (the process dies) keeps others away until its lease is over", async () => {
    const event = await put("a.csv", GOOD);
    const watched = new WatchedObjects(BUCKET, s3);
    // A body that never ends stands for the process that is no more.
    watched.spoil = () => new Readable({ read() {} });
    void validate(event, watched).catch(() => {});
    while ((await ledger.get(event.key)) === undefined) await new Promise(setImmediate);
    await expect(validate(event)).rejects.toThrow(FileBusy);
    now += 60_001;
    expect(await validate(event)).toMatchObject({ state: "accepted" });
  });

  test("of slowness: who comes back after his lease has nothing to say", async () => {
    const event = await put("a.csv", GOOD);
    const slow = new WatchedObjects(BUCKET, s3);
    let goOn: () => void = () => {};
    const paused = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    slow.spoil = (body) =>
      Readable.from(
        (async function* () {
          await paused;
          yield* body;
        })(),
      );
    const late = validate(event, slow);
    while ((await ledger.get(event.key)) === undefined) await new Promise(setImmediate);
    now += 60_001;
    expect(await validate(event)).toMatchObject({ state: "accepted" });
    goOn();
    await expect(late).rejects.toThrow(ClaimLost);
    expect(await ledger.get(event.key)).toMatchObject({ state: "accepted", rows: 1 });
  });
});

describe("an object that is replaced while it is read", () => {
  /** Reads that go on when told to. */
  function paused() {
    const objects = new WatchedObjects(BUCKET, s3);
    let goOn: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    objects.spoil = (body) =>
      Readable.from(
        (async function* () {
          await until;
          yield* body;
        })(),
      );
    return { objects, goOn };
  }

  const BETTER = `${GOOD}R2,P1,C1,4,2025-01-15\n`;

  test("is judged by who reads the new one; who read the old one has nothing to say", async () => {
    const old = await put("a.csv", GOOD);
    const { objects: slow, goOn } = paused();
    const late = validate(old, slow);
    while ((await ledger.get(old.key)) === undefined) await new Promise(setImmediate);
    const current = await put("a.csv", BETTER);
    expect(await validate(current)).toMatchObject({ state: "accepted", rows: 2 });
    goOn();
    await expect(late).rejects.toThrow(ClaimLost);
    expect(await ledger.get(old.key)).toMatchObject({ state: "accepted", etag: current.etag, rows: 2 });
  });

  test("is entered as the one that was read, never as a mixture, until the new one is judged", async () => {
    const old = await put("a.csv", GOOD);
    const { objects: slow, goOn } = paused();
    const first = validate(old, slow);
    while ((await ledger.get(old.key)) === undefined) await new Promise(setImmediate);
    const current = await put("a.csv", BETTER);
    goOn();
    expect(await first).toMatchObject({ state: "accepted", rows: 1 });
    expect(await ledger.get(old.key)).toMatchObject({ etag: old.etag, md5: old.etag, rows: 1 });
    expect(await validate(current)).toMatchObject({ state: "accepted", rows: 2 });
    expect(await ledger.get(old.key)).toMatchObject({ etag: current.etag, md5: current.etag, rows: 2 });
  });
});

test("a contract that changed, or checks that did, are another validator", () => {
  expect(validatorOf("reviews")).toMatch(/^\d+\/reviews@\d+\.\d+\.\d+\+[0-9a-f]{12}$/);
  expect(validatorOf("reviews")).not.toBe(validatorOf("products"));
});
