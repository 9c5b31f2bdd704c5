import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { FileBusy, InvalidEvent, ValidationInterrupted } from "../../../functions/lib/errors";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, LakeObjects } from "../../../functions/lib/lake-objects";
import { validatorOf } from "../../../functions/validate-file/validate-file";
import { validateFiles } from "../../../functions/validate-file/validate-files";
import { unmeasured } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";

const BUCKET = "lake";
const PREFIX = "raw/reviews/date=2025-01-15/";
const BATCH = {
  run: "2025-01-15-cli-1",
  date: "2025-01-15",
  processingTime: "2025-01-16T02:00:00Z",
  dataset: "reviews",
  bucket: BUCKET,
} as const;
const logger = { info: () => {}, warn: () => {}, error: () => {} };

/** Objects that remember what was read, and can be made to break. */
class WatchedObjects extends LakeObjects {
  readonly opened: string[] = [];
  broken = new Set<string>();

  override async open(key: string) {
    this.opened.push(key.slice(PREFIX.length));
    if (this.broken.has(key)) throw new Error("S3 broke off");
    return super.open(key);
  }
}

let moto: Moto;
let s3: S3Client;
let ledger: FileLedger;
let objects: WatchedObjects;
let tables = 0;

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ forcePathStyle: true });
  await createBucket(BUCKET);
});
afterAll(() => moto.stop());
beforeEach(async () => {
  const table = `file-ledger-${++tables}`;
  await createLedger(table, "updated_at");
  ledger = new FileLedger(table, new DynamoDBClient({}));
  objects = new WatchedObjects(BUCKET, s3);
});

const good = (id: string) => `review_id,product_id,customer_id,rating,review_date\n${id},P1,C1,5,2025-01-15\n`;

async function put(name: string, content = good(name)): Promise<{ key: string; etag: string }> {
  const key = PREFIX + name;
  const { ETag } = await s3.send(
    // The SDK knows the length of every text but an empty one, and warns.
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: content, ContentLength: Buffer.byteLength(content) }),
  );
  return { key, etag: bareEtag(ETag) };
}

const validate = (files: readonly { key: string; etag: string }[], remainingMs = () => 60_000) =>
  validateFiles({ ...BATCH, files }, { objects, ledger, logger, metrics: unmeasured }, remainingMs);

test("every file of a batch is judged, folders are none, and what is known is not read again", async () => {
  const files = [
    await put("folder/", ""),
    await put("empty.csv", ""),
    ...(await Promise.all(Array.from({ length: 20 }, (_, index) => put(`f${index}.csv`)))),
    await put("copy-1.csv", good("same")),
    await put("copy-2.csv", good("same")),
  ];
  const counts = { accepted: 21, duplicate: 1, rejected: 1 };
  expect(await validate(files)).toEqual(counts);
  expect(objects.opened).not.toContain("folder/");
  expect(await ledger.get(`${PREFIX}folder/`)).toBeUndefined();

  objects.opened.length = 0;
  expect(await validate([...files, await put("new.csv")])).toEqual({ ...counts, accepted: 22 });
  expect(objects.opened).toEqual(["new.csv"]);
});

test("no file at all is nothing to do", async () => {
  expect(await validate([])).toEqual({ accepted: 0, duplicate: 0, rejected: 0 });
});

test("one file's trouble is not the others', and the next call does what is missing", async () => {
  const files = await Promise.all(Array.from({ length: 12 }, (_, index) => put(`g${index}.csv`)));
  objects.broken = new Set([`${PREFIX}g0.csv`, `${PREFIX}g7.csv`]);
  const thrown = validate(files);
  await expect(thrown).rejects.toThrow(ValidationInterrupted);
  await expect(thrown).rejects.toThrow("S3 broke off");
  const entries = await ledger.getAll(files.map(({ key }) => key));
  expect([...entries.values()].filter(({ state }) => state === "accepted")).toHaveLength(10);

  objects.broken.clear();
  objects.opened.length = 0;
  expect(await validate(files)).toEqual({ accepted: 12, duplicate: 0, rejected: 0 });
  expect(objects.opened.sort()).toEqual(["g0.csv", "g7.csv"]);
});

test("a file that another call is at makes the batch come again", async () => {
  const [taken, free] = [await put("taken.csv"), await put("free.csv")];
  const file = { ...taken, bucket: BUCKET, dataset: "reviews", date: BATCH.date, size: 1 };
  await ledger.claim(file, { run: "upload", validator: validatorOf("reviews"), leaseMs: 60_000 });
  await expect(validate([taken, free])).rejects.toThrow(FileBusy);
  expect(await ledger.get(free.key)).toMatchObject({ state: "accepted" });
});

test("a file of another folder is the caller's error, when the others are done", async () => {
  const [file, stray] = [await put("file.csv"), { key: "raw/products/date=2025-01-15/stray.json", etag: "e" }];
  await expect(validate([stray, file])).rejects.toThrow(InvalidEvent);
  expect(await ledger.get(file.key)).toMatchObject({ state: "accepted" });
});

test("no claim outlives the caller: what is left of its time is asked for each file", async () => {
  const files = await Promise.all(Array.from({ length: 10 }, (_, index) => put(`late${index}.csv`)));
  let left = 10_000;
  await validate(files, () => (left -= 1_000));
  const leases = (await ledger.getAll(files.map(({ key }) => key))).values();
  const times = [...leases].map(({ leaseUntil }) => leaseUntil).toSorted((one, other) => one - other);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(5_000);
});
