import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DATASETS, type Dataset } from "../../../contracts";
import { buildManifest, resumeManifest } from "../../../functions/build-manifest/build-manifest";
import { toAttributes } from "../../../functions/lib/dynamo";
import { ManifestIncomplete, ManifestMissing } from "../../../functions/lib/errors";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag, LakeObjects } from "../../../functions/lib/lake-objects";
import { validateFile } from "../../../functions/validate-file/validate-file";
import { unmeasured } from "../memory-objects";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";

const HEADER = "review_id,product_id,customer_id,rating,review_date";
const logger = { info: () => {}, warn: () => {}, error: () => {} };
const run = { run: "2025-01-15-cli-1", date: "2025-01-15", processingTime: "2025-01-16T02:00:00Z" };

let moto: Moto;
let s3: S3Client;
let bucket: string;
let ledger: FileLedger;
let objects: LakeObjects;
let lakes = 0;

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ forcePathStyle: true });
});
afterAll(() => moto.stop());
beforeEach(async () => {
  bucket = `lake-${++lakes}`;
  await createBucket(bucket);
  await createLedger(bucket, "updated_at");
  ledger = new FileLedger(bucket, new DynamoDBClient({}));
  objects = new LakeObjects(bucket, s3);
});

const review = (id: string) => `${HEADER}\n${id},P1,C1,5,2025-01-15\n`;

async function put(key: string, content: string): Promise<string> {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(content) }));
  return bareEtag(ETag);
}

async function arrive(dataset: Dataset, name: string, content: string): Promise<string> {
  const key = `raw/${dataset}/date=${run.date}/${name}`;
  const etag = await put(key, content);
  await validateFile({ ...run, dataset, bucket, key, etag }, { objects, ledger, logger, metrics: unmeasured }, 60_000);
  return key;
}

const build = (datasets: readonly Dataset[] = DATASETS, quietSeconds = 0, now = Date.now) =>
  buildManifest({ ...run, datasets, quietSeconds }, { bucket, objects, ledger, logger, now });

test("lists what was accepted, and what was left out and why", async () => {
  const b = await arrive("reviews", "b.csv", review("R1"));
  const copy = await arrive("reviews", "c.csv", review("R1"));
  const a = await arrive("reviews", "a.csv", `\ufeff${HEADER},coupon\nR2,P1,C1,5,2025-01-15,X\n`);
  const bad = await arrive("reviews", "bad.csv", "hello");
  const products = await arrive(
    "products",
    "p.json",
    '[{"product_id":"P1","name":"N","category":"C","brand":"B","price":1,"stock":1}]',
  );
  const result = await build();
  expect(result).toEqual({
    manifest: "runs/date=2025-01-15/run=2025-01-15-cli-1/manifest.json",
    withFiles: ["products", "reviews"],
    datasets: {
      transactions: { accepted: 0, duplicate: 0, rejected: 0, rows: 0, bytes: 0 },
      products: { accepted: 1, duplicate: 0, rejected: 0, rows: 1, bytes: 79 },
      clickstream: { accepted: 0, duplicate: 0, rejected: 0, rows: 0, bytes: 0 },
      reviews: { accepted: 2, duplicate: 1, rejected: 1, rows: 2, bytes: 160 },
    },
    settled: true,
  });
  const manifest = await objects.readJson(result.manifest);
  expect(manifest).toEqual({
    version: 1,
    ...run,
    bucket,
    datasets: {
      transactions: { files: [], excluded: [] },
      products: {
        files: [
          expect.objectContaining({
            key: products,
            format: "json-array",
            columns: ["product_id", "name", "category", "brand", "price", "stock"],
          }),
        ],
        excluded: [],
      },
      clickstream: { files: [], excluded: [] },
      reviews: {
        files: [
          {
            key: a,
            etag: expect.stringMatching(/^[0-9a-f]{32}$/),
            md5: expect.stringMatching(/^[0-9a-f]{32}$/),
            bytes: 86,
            rows: 1,
            badRows: 0,
            format: "csv",
            compression: "none",
            bom: true,
            delimiter: ",",
            columns: [...HEADER.split(","), "coupon"],
            unknownColumns: ["coupon"],
            splits: [],
          },
          expect.objectContaining({ key: b, bom: false, unknownColumns: [] }),
        ],
        excluded: [
          { key: bad, state: "rejected", reason: expect.stringContaining("Missing columns") },
          { key: copy, state: "duplicate", reason: `Same content as ${b}.`, original: b },
        ],
      },
    },
  });
});

test("is the same when built again", async () => {
  await arrive("reviews", "a.csv", review("R1"));
  const { manifest } = await build();
  const first = await objects.readText(manifest);
  await build();
  expect(await objects.readText(manifest)).toBe(first);
});

test("orders files by code point, which UTF-16 does not", async () => {
  const names = ["Z.csv", "a.csv", "é.csv", "\uff21.csv", "😀.csv"];
  for (const name of [...names].reverse()) await arrive("reviews", name, review(name));
  const { manifest } = await build(["reviews"]);
  const text = await objects.readText(manifest);
  expect([...(text ?? "").matchAll(/15\/([^"]+)",\s+"etag"/g)].map((match) => match[1])).toEqual(names);
});

test("reads the listing page by page", async () => {
  for (const id of ["R1", "R2", "R3", "R4", "R5"]) await arrive("reviews", `${id}.csv`, review(id));
  const send = s3.send.bind(s3);
  let pages = 0;
  const paged = new S3Client({ forcePathStyle: true });
  paged.send = async (command: Parameters<typeof send>[0]) => {
    if (command instanceof ListObjectsV2Command) {
      pages++;
      command.input.MaxKeys = 2;
    }
    return send(command);
  };
  objects = new LakeObjects(bucket, paged);
  expect((await build(["reviews"])).datasets.reviews.accepted).toBe(5);
  expect(pages).toBe(3);
});

test("knows only the datasets that the run is for, and only this date's files", async () => {
  await arrive("reviews", "a.csv", review("R1"));
  await put("raw/reviews/date=2025-01-16/other.csv", "not validated");
  await put("raw/products/date=2025-01-15/other.json", "not validated");
  expect((await build(["reviews"])).withFiles).toEqual(["reviews"]);
});

test("passes over the objects that mark folders", async () => {
  await put("raw/reviews/date=2025-01-15/", "");
  await put("raw/reviews/date=2025-01-15/sub/", "not even empty");
  expect((await build()).withFiles).toEqual([]);
});

test("leaves out a file that was deleted", async () => {
  const key = await arrive("reviews", "a.csv", review("R1"));
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  expect((await build()).datasets.reviews).toMatchObject({ accepted: 0 });
});

/** Names and states of the files that the manifest leaves out. */
async function leftOut(): Promise<unknown> {
  const { manifest } = await build(["reviews"]);
  return Object(await objects.readJson(manifest)).datasets.reviews.excluded;
}

describe("goes on without a file that", () => {
  const late = { key: "raw/reviews/date=2025-01-15/a.csv", state: "late", reason: expect.stringContaining("next run") };

  test("came without validation, and with all others", async () => {
    const there = await arrive("reviews", "b.csv", review("R1"));
    await put(late.key, review("R2"));
    expect(await leftOut()).toEqual([late]);
    expect(await build()).toMatchObject({ datasets: { reviews: { accepted: 1, duplicate: 0, rejected: 0, rows: 1 } } });
    expect(await objects.readText("runs/date=2025-01-15/run=2025-01-15-cli-1/manifest.json")).toContain(there);
  });

  test("was overwritten since", async () => {
    await put(await arrive("reviews", "a.csv", review("R1")), review("R2"));
    expect(await leftOut()).toEqual([late]);
  });

  test("is still being validated", async () => {
    const key = "raw/reviews/date=2025-01-15/a.csv";
    const etag = await put(key, review("R1"));
    const identity = { bucket, key, dataset: "reviews", date: run.date, etag, size: 1 } as const;
    await ledger.claim(identity, { run: "other", validator: "v", leaseMs: 60_000 });
    expect(await leftOut()).toEqual([late]);
  });
});

describe("a file that was there before the run began", () => {
  // S3's clock is the real one.
  const later = { ...run, processingTime: new Date(Date.now() + 3_600_000).toISOString() };
  const buildLater = () =>
    buildManifest({ ...later, datasets: DATASETS, quietSeconds: 0 }, { bucket, objects, ledger, logger });

  test("and that nobody has looked at is no late one: the validator has not done its work", async () => {
    await arrive("reviews", "b.csv", review("R1"));
    await put("raw/reviews/date=2025-01-15/a.csv", review("R2"));
    await expect(buildLater()).rejects.toThrow(ManifestIncomplete);
    await expect(buildLater()).rejects.toThrow("1 file(s) were there before the run began and were not validated");
    await expect(buildLater()).rejects.toThrow("raw/reviews/date=2025-01-15/a.csv");
  });

  test("counts as late where it came in the very second of the start, and not in the one before", async () => {
    const Key = "raw/reviews/date=2025-01-15/a.csv";
    await put(Key, review("R1"));
    const { LastModified } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
    const builtAt = (milliseconds: number) => {
      const processingTime = new Date((LastModified?.getTime() ?? Number.NaN) + milliseconds).toISOString();
      const event = { ...run, processingTime, datasets: DATASETS, quietSeconds: 0 };
      return buildManifest(event, { bucket, objects, ledger, logger });
    };
    expect((await builtAt(999)).datasets.reviews).toMatchObject({ accepted: 0 });
    await expect(builtAt(1_000)).rejects.toThrow(ManifestIncomplete);
  });

  test("is read where it was validated as it is now", async () => {
    const key = await arrive("reviews", "b.csv", review("R1"));
    expect(await buildLater()).toMatchObject({ datasets: { reviews: { accepted: 1 } } });
    await put(key, review("R2"));
    await expect(buildLater()).rejects.toThrow(ManifestIncomplete);
  });
});

describe("a date is settled", () => {
  const settledAfter = async (seconds: number, quietSeconds = 60) => {
    const { LastModified } = await s3.send(
      new HeadObjectCommand({ Bucket: bucket, Key: "raw/reviews/date=2025-01-15/a.csv" }),
    );
    const now = (LastModified?.getTime() ?? Number.NaN) + seconds * 1000;
    return (await build(["products", "reviews"], quietSeconds, () => now)).settled;
  };

  test("once nothing has arrived for a while, in any dataset", async () => {
    await arrive("reviews", "a.csv", review("R1"));
    expect([await settledAfter(59), await settledAfter(60)]).toEqual([false, true]);
  });

  test("not while a file lies there that is not validated", async () => {
    await arrive("reviews", "a.csv", review("R1"));
    await put("raw/products/date=2025-01-15/late.json", "{}");
    expect(await settledAfter(3_600)).toBe(false);
  });

  test("where the run waits for nothing", async () => {
    await put("raw/reviews/date=2025-01-15/a.csv", review("R1"));
    expect(await settledAfter(0, 0)).toBe(true);
  });

  test("where there is nothing", async () => {
    expect((await build(["reviews"], 60)).settled).toBe(true);
  });
});

test("is refused where the ledger accepted a file and does not say what it found", async () => {
  const key = "raw/reviews/date=2025-01-15/a.csv";
  const etag = await put(key, review("R1"));
  const item = { pk: `FILE#${key}`, sk: "ENTRY", key, etag, state: "accepted", validator: "v", claim: "c" };
  await new DynamoDBClient({}).send(new PutItemCommand({ TableName: bucket, Item: toAttributes(item) }));
  await expect(build()).rejects.toThrow(ManifestIncomplete);
});

test("a run that is gone on with reads what it had read, whatever has come since, and is told which jobs are done", async () => {
  await arrive("reviews", "a.csv", review("R1"));
  const { manifest, datasets } = await build();
  await arrive(
    "products",
    "late.json",
    '{"product_id":"P1","name":"Mug","category":"Home","brand":"B","price":1,"stock":1}',
  );
  expect(await resumeManifest(run, { objects, logger })).toEqual({
    manifest,
    datasets,
    withFiles: ["reviews"],
    settled: true,
    done: [],
  });
  const rows = { in: 1, out: 1, quarantined: 0, duplicates: 0 };
  await objects.writeJson(`runs/date=${run.date}/run=${run.run}/jobs/review_etl.json`, { job: "review_etl", rows });
  expect(await resumeManifest(run, { objects, logger })).toMatchObject({ done: ["reviews"] });
});

test("one that never had a manifest cannot be gone on with", async () => {
  await expect(resumeManifest(run, { objects, logger })).rejects.toThrow(ManifestMissing);
});
