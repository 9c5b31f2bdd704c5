import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { type Lake, lakeOf } from "../../../cli/lib/lake";
import { compare, writeBack } from "../../../cli/recover/ledger";
import { repair } from "../../../cli/recover/objects";
import { environment } from "../../../envs";
import { fromAttributes, type Item, toAttributes } from "../../../functions/lib/dynamo";
import { createBucket, createLedger, type Moto, startMoto } from "../../functions/moto";

/** `recover objects` and `recover ledger`, on moto, as people type them and at their core. */
jest.setTimeout(180_000);

const ROOT = path.resolve(__dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "recover-"));
let moto: Moto;
let lake: Lake;

beforeAll(async () => {
  moto = await startMoto();
  const local = { endpoint: moto.endpoint, pid: process.pid, region: "us-east-1", account: "123456789012", folder };
  lake = lakeOf(environment("local"), local);
  await createBucket(lake.names.bucket);
  const VersioningConfiguration = { Status: "Enabled" as const };
  await lake.s3.send(new PutBucketVersioningCommand({ Bucket: lake.names.bucket, VersioningConfiguration }));
  await createLedger(lake.names.runLedger, "started_at");
  await createLedger(lake.names.fileLedger, "updated_at");
  mkdirSync(path.join(folder, "runs"));
  writeFileSync(path.join(folder, "runs", "local.json"), JSON.stringify(local));
});
afterAll(async () => {
  await moto.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the command line as npm scripts do, with nobody at a terminal. */
function recover(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, LAKE_RUNS: path.join(folder, "runs") };
  return new Promise((resolve) => {
    const command = [path.join(ROOT, "cli/bootstrap.mjs"), "recover", ...args];
    execFile(process.execPath, command, { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

const put = (Key: string, Body: string) => lake.s3.send(new PutObjectCommand({ Bucket: lake.names.bucket, Key, Body }));
const remove = (Key: string) => lake.s3.send(new DeleteObjectCommand({ Bucket: lake.names.bucket, Key }));

async function contents(Prefix: string): Promise<Record<string, string | undefined>> {
  const { Contents = [] } = await lake.s3.send(new ListObjectsV2Command({ Bucket: lake.names.bucket, Prefix }));
  const found: Record<string, string | undefined> = {};
  for (const { Key = "" } of Contents) {
    const { Body } = await lake.s3.send(new GetObjectCommand({ Bucket: lake.names.bucket, Key }));
    found[Key.slice(Prefix.length)] = await Body?.transformToString();
  }
  return found;
}

/** Now; what comes after it is of a later second. */
async function moment(): Promise<Date> {
  const now = new Date();
  await sleep(1_100);
  return now;
}

test("objects come back as they were at a time; what came since stays; a second time there is nothing to do", async () => {
  const at = "raw/reviews/date=2025-01-31/";
  await put(`${at}deleted + 100%é.csv`, "1");
  await put(`${at}overwritten + 100%é.csv`, "1");
  await put(`${at}same.csv`, "1");
  await put(`${at}gone before.csv`, "1");
  await remove(`${at}gone before.csv`);
  const time = (await moment()).toISOString();
  await remove(`${at}deleted + 100%é.csv`);
  await put(`${at}overwritten + 100%é.csv`, "2");
  await put(`${at}new.csv`, "2");
  const ask = ["objects", "--prefix", at, "--at", time];

  const look = await recover(...ask, "--dry-run");
  expect(look).toMatchObject({ code: 0, err: "" });
  expect(look.out).toMatch(/deleted +raw\/reviews\/date=2025-01-31\/deleted \+ 100%é\.csv/);
  expect(look.out).toContain(`Since ${time}: 1 deleted, 1 overwritten.`);
  expect(look.out).toContain("a run of its date starts by itself");
  expect(await contents(at)).toEqual({ "overwritten + 100%é.csv": "2", "same.csv": "1", "new.csv": "2" });

  expect(await recover(...ask)).toMatchObject({ code: 2, err: expect.stringContaining("Nobody can be asked here") });
  expect(await recover(...ask, "--yes")).toMatchObject({ code: 0, out: expect.stringContaining("Brought back: 2.") });
  expect(await contents(at)).toEqual({
    "deleted + 100%é.csv": "1",
    "overwritten + 100%é.csv": "1",
    "same.csv": "1",
    "new.csv": "2",
  });
  const { out } = await recover(...ask, "--json");
  expect(JSON.parse(out).repairs).toEqual([]);
});

test("more objects come back than S3 deletes marks of in one call", async () => {
  const keys = Array.from({ length: 1_001 }, (_, index) => `processed/many/${index}`);
  const markers = ["none"];
  const repairs = keys.map((key) => ({ kind: "undelete" as const, key, markers }));
  const sizes: (number | undefined)[] = [];
  lake.s3.middlewareStack.add(
    (next) => async (args) => {
      const { Delete } = Object(args.input);
      sizes.push(Delete?.Objects.length);
      return next(args);
    },
    { step: "initialize", name: "sizes" },
  );
  await repair(lake, repairs);
  lake.s3.middlewareStack.remove("sizes");
  expect(sizes).toEqual([1_000, 1]);
});

test("wrong usage is told, and what would be right", async () => {
  const wrong: [string[], string][] = [
    [["objects", "--prefix", "raw/", "--at", "2025-01-31"], "a time with its zone, such as 2025-01-31T06:00:00Z"],
    [["objects", "--prefix", "raw/", "--at", "2999-01-31T06:00:00Z"], "is still to come"],
    [["ledger", "--ledger", "runs", "--from", "run-ledger-local"], "is the ledger itself"],
    [["ledger", "--ledger", "runs", "--from", "nowhere"], "There is no table nowhere"],
  ];
  const heard = await Promise.all(wrong.map(([args]) => recover(...args)));
  expect(heard).toEqual(
    wrong.map(([, message]) => expect.objectContaining({ code: 2, err: expect.stringContaining(message) })),
  );
});

const RESTORED = "run-ledger-restored";
const write = (TableName: string, item: Item) =>
  lake.dynamo.send(new PutItemCommand({ TableName, Item: toAttributes(item) }));
const run = (name: string, state: string): Item => ({ pk: "DATE#2025-01-31", sk: `RUN#${name}`, run: name, state });

async function runs(): Promise<Record<string, unknown>> {
  const { Items = [] } = await lake.dynamo.send(new ScanCommand({ TableName: lake.names.runLedger }));
  return Object.fromEntries(Items.map(fromAttributes).map(({ run: name, state }) => [String(name), state]));
}

test("what a restored table has and the ledger lacks is written back; what differs only on demand; locks never", async () => {
  const ledger = lake.names.runLedger;
  await createLedger(RESTORED, "started_at");
  for (const item of [run("a", "SUCCEEDED"), run("b", "SUCCEEDED"), run("c", "FAILED")]) await write(RESTORED, item);
  await write(RESTORED, { pk: "LOCK#2025-01-31", sk: "LOCK", run: "of then", expires_at: 9_999_999_999 });
  for (const item of [run("a", "SUCCEEDED"), run("b", "damaged"), run("new", "SUCCEEDED")]) await write(ledger, item);
  const ask = ["ledger", "--ledger", "runs", "--from", RESTORED];

  const look = await recover(...ask, "--dry-run");
  expect(look).toMatchObject({ code: 0, err: "" });
  expect(look.out).toMatch(/is missing +DATE#2025-01-31 RUN#c/);
  expect(look.out).toMatch(/differs, stays +DATE#2025-01-31 RUN#b/);
  expect(look.out).toContain(
    "has 3 entries. Missing in run-ledger-local: 1; different there: 1 (--replace takes the restored ones).",
  );
  expect(await runs()).toEqual({ a: "SUCCEEDED", b: "damaged", new: "SUCCEEDED" });

  await write(ledger, { pk: "LOCK#PUBLISH", sk: "LOCK", run: "at work", expires_at: 9_999_999_999 });
  expect(await recover(...ask, "--yes")).toMatchObject({
    code: 1,
    err: expect.stringContaining("at work holds PUBLISH"),
  });
  const lock = { pk: { S: "LOCK#PUBLISH" }, sk: { S: "LOCK" } };
  await lake.dynamo.send(new DeleteItemCommand({ TableName: ledger, Key: lock }));

  expect(await recover(...ask, "--yes")).toMatchObject({ code: 0, out: expect.stringContaining("Written: 1.") });
  expect(await runs()).toEqual({ a: "SUCCEEDED", b: "damaged", c: "FAILED", new: "SUCCEEDED" });
  expect(await recover(...ask, "--replace", "--yes")).toMatchObject({ code: 0 });
  expect(await runs()).toEqual({ a: "SUCCEEDED", b: "SUCCEEDED", c: "FAILED", new: "SUCCEEDED" });
  expect(await recover(...ask, "--json")).toMatchObject({ code: 0, out: expect.stringContaining('"missing": []') });
});

test("an entry that somebody writes meanwhile stays as it is, and is named", async () => {
  const [ledger, from] = [lake.names.fileLedger, "file-ledger-restored"];
  const file = (key: string, state: string, updated_at: string): Item => ({ pk: key, sk: "ENTRY", state, updated_at });
  await createLedger(from, "updated_at");
  // More than are read in one call.
  const many = Array.from({ length: 120 }, (_, index) => file(`FILE#${index}`, "accepted", "1"));
  for (const item of many) await write(from, item);
  await write(ledger, file("FILE#1", "rejected", "2"));
  await write(ledger, file("FILE#2", "rejected", "2"));
  const found = await compare(lake, "files", from);
  expect([found.items, found.missing.length, found.different.length]).toEqual([120, 118, 2]);

  await write(ledger, file("FILE#0", "claimed", "3"));
  await write(ledger, file("FILE#2", "claimed", "3"));
  const lost = await writeBack(lake, ledger, [...found.missing, ...found.different]);
  expect(lost).toEqual(["FILE#0 ENTRY", "FILE#2 ENTRY"]);
  const again = await compare(lake, "files", from);
  expect([again.missing.length, again.different.length]).toEqual([0, 2]);
});
