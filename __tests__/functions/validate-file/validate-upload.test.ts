import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { FileBusy } from "../../../functions/lib/errors";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, LakeObjects } from "../../../functions/lib/lake-objects";
import { uploadOf } from "../../../functions/lib/upload-event";
import { validateUpload } from "../../../functions/validate-file/validate-upload";
import { rememberedMetrics, silent } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";
import { objectCreated } from "../object-created";

const BUCKET = "lake";
const PREFIX = "raw/reviews/date=2025-01-15/";
const GOOD = "review_id,product_id,customer_id,rating,review_date\nR1,P1,C1,5,2025-01-15\n";

let moto: Moto;
let s3: S3Client;
let ledger: FileLedger;
let objects: LakeObjects;
let tables = 0;

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ forcePathStyle: true });
  await createBucket(BUCKET);
  objects = new LakeObjects(BUCKET, s3);
});
afterAll(() => moto.stop());
beforeEach(async () => {
  const table = `uploads-${++tables}`;
  await createLedger(table, "updated_at");
  ledger = new FileLedger(table, new DynamoDBClient({}));
  remembered = rememberedMetrics();
});

async function put(key: string, content: string, time?: string) {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: Buffer.from(content) }));
  const about = { bucket: BUCKET, key, etag: bareEtag(ETag), size: content.length };
  return uploadOf(objectCreated({ ...about, ...(time === undefined ? {} : { time }) }));
}

let remembered = rememberedMetrics();

const validate = (upload: Awaited<ReturnType<typeof put>>) =>
  validateUpload(upload, { objects, ledger, logger: silent, metrics: remembered.metrics }, 60_000);

// Encoded or decoded once too often, each of them is another key: the object is not found.
test.each([
  "plain.csv",
  "a b+c.csv",
  "100%25.csv",
  "%zz.csv",
  "良い 👍.csv",
  "sub/../up.csv",
  "a//b.csv",
  "a#b?c=d&e.csv",
])("an upload called %j is validated, by the time at which it came", async (name) => {
  const upload = await put(PREFIX + name, GOOD);
  expect(await validate(upload)).toEqual({
    key: PREFIX + name,
    dataset: "reviews",
    state: "accepted",
    rows: 1,
    badRows: 0,
  });
  expect(await ledger.get(PREFIX + name)).toMatchObject({ state: "accepted", etag: upload.etag });
});

test("a key of 1,024 bytes is validated", async () => {
  const key = PREFIX + "x".repeat(1_024 - PREFIX.length);
  expect(await validate(await put(key, GOOD))).toMatchObject({ state: "accepted" });
});

test("what is in the future when it comes is a bad record, whenever it is looked at", async () => {
  const early = await put(`${PREFIX}early.csv`, GOOD, "2025-01-14T23:59:59Z");
  expect(await validate(early)).toMatchObject({ state: "rejected", badRows: 1 });
});

test("the same event twice is one verdict; at the same time, one waits for the other", async () => {
  const upload = await put(`${PREFIX}twice.csv`, GOOD);
  const both = await Promise.allSettled([validate(upload), validate(upload)]);
  expect(both.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
  for (const one of both) if (one.status === "rejected") expect(one.reason).toBeInstanceOf(FileBusy);
  expect(await validate(upload)).toMatchObject({ state: "accepted" });
});

test("a misplaced file is rejected in the ledger, once, and says where files belong", async () => {
  const key = "raw/orders/date=2025-01-15/a.csv";
  const upload = await put(key, GOOD);
  const reason = 'There is no dataset "orders"; the datasets are transactions, products, clickstream, reviews.';
  expect(await validate(upload)).toEqual({ key, state: "rejected", reason });
  const entry = await ledger.get(key);
  expect(entry).toMatchObject({ state: "rejected", reason, etag: upload.etag });
  await validate(upload);
  expect(await ledger.get(key)).toEqual(entry);
});

test("the mark of a folder is passed over", async () => {
  expect(await validate(await put(`${PREFIX}sub/`, ""))).toMatchObject({ state: "ignored" });
  expect(await ledger.get(`${PREFIX}sub/`)).toBeUndefined();
});
