import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { build } from "esbuild";
import { fromAttributes } from "../../../functions/lib/dynamo";
import { FileLedger } from "../../../functions/lib/file-ledger";
import { bareEtag } from "../../../functions/lib/lake-objects";
import { BUNDLE_OPTIONS } from "../../../modules/lib/bundle";
import { createBucket, createLedger, type Moto, startMoto } from "../moto";
import { objectCreated } from "../object-created";

/**
 * The deployed validator is killed (SIGKILL) while its decision is on the way to the ledger: before DynamoDB had it, and after, before
 * the answer was heard. A proxy in front of DynamoDB holds the decision until the process is dead.
 */
const TABLE = "file-ledger-killed";
/** What the killed function had left of its time: as long as that its claim holds. */
const LEASE_MS = 5_000;

type Hold = "the request" | "the answer" | undefined;

let moto: Moto;
let folder: string;
let proxy: Server;
let hold: Hold;
/** Says when the decision is held. */
const held = new EventEmitter();
/** Keys that were read from S3, as their URLs say them. */
const read: string[] = [];

beforeAll(async () => {
  moto = await startMoto();
  folder = mkdtempSync(join(tmpdir(), "killed-"));
  await createBucket("lake");
  await createLedger(TABLE, "updated_at");
  for (const name of ["validate-file", "build-manifest"]) {
    const entryPoints = [join(__dirname, "../../../functions", name, "index.ts")];
    await build({ entryPoints, ...BUNDLE_OPTIONS, outfile: join(folder, `${name}.js`), logLevel: "silent" });
  }
  proxy = createServer(pass);
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  rmSync(folder, { recursive: true });
  await moto.stop();
});

/** Passes a request on to moto, but holds a decision as it was told. */
function pass(incoming: IncomingMessage, outgoing: import("node:http").ServerResponse): void {
  const isDecision = String(incoming.headers["x-amz-target"]).endsWith(".TransactWriteItems");
  if (incoming.method === "GET" && incoming.url?.includes(".csv")) read.push(incoming.url);
  if (isDecision && hold === "the request") {
    incoming.resume().once("end", () => held.emit("decision"));
    return;
  }
  const { hostname, port } = new URL(moto.endpoint);
  const { method, url, headers } = incoming;
  const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
    if (isDecision && hold === "the answer") {
      answer.resume().once("end", () => held.emit("decision"));
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  incoming.pipe(onward);
}

/** A process that runs the deployed functions, as an execution environment of Lambda. */
class Environment {
  private readonly process: ChildProcess;

  constructor() {
    const { port } = proxy.address() as AddressInfo;
    const env = {
      ...process.env,
      LAKE_ENV: "local",
      LAKE_BUCKET: "lake",
      FILE_LEDGER_TABLE: TABLE,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    };
    this.process = fork(join(__dirname, "../handler-host.cjs"), { execArgv: [], silent: true, env });
  }

  call(name: string, event: unknown, remainingMs = 60_000): Promise<{ result?: unknown; error?: { name: string } }> {
    this.process.send({ path: join(folder, `${name}.js`), event, remainingMs });
    return once(this.process, "message").then(([answer]) => answer);
  }

  async kill(): Promise<string> {
    const dead = once(this.process, "exit");
    this.process.kill("SIGKILL");
    const [, signal] = await dead;
    return signal;
  }
}

test.each(["the request", "the answer"] as const)("killed when it had sent its decision, %s lost", async (what) => {
  const date = what === "the request" ? "2025-03-01" : "2025-03-02";
  const key = `raw/reviews/date=${date}/file.csv`;
  const Body = `review_id,product_id,customer_id,rating,review_date\nR-${date},P,C,5,${date}\n`;
  const s3 = new S3Client({ forcePathStyle: true });
  const etag = bareEtag((await s3.send(new PutObjectCommand({ Bucket: "lake", Key: key, Body }))).ETag);
  const upload = objectCreated({ key, etag, time: `${date}T20:00:00Z` });
  const run = { run: `${date}-cli-1`, date, processingTime: `${date}T20:00:00Z` };
  const batch = { ...run, bucket: "lake", dataset: "reviews", files: [{ key, etag }] };
  const ledger = new FileLedger(TABLE, new DynamoDBClient({}));

  const [victim, successor] = [new Environment(), new Environment()];
  try {
    // Loaded before time matters.
    await successor.call("validate-file", { ...batch, files: [] });
    hold = what;
    read.length = 0;
    const decision = once(held, "decision");
    void victim.call("validate-file", upload, LEASE_MS).catch(() => undefined);
    await decision;
    expect(await victim.kill()).toBe("SIGKILL");
    hold = undefined;

    const left = await ledger.get(key);
    if (what === "the request") {
      expect(left).toMatchObject({ state: "claimed" });
      // The event is delivered again, and the date's run lists the file: both are told to come back, until the lease is over.
      const busy = { error: { name: "FileBusy" } };
      expect(await successor.call("validate-file", upload)).toMatchObject(busy);
      expect(await successor.call("validate-file", batch)).toMatchObject(busy);
      let answer = await successor.call("validate-file", batch);
      while (answer.error?.name === "FileBusy") {
        await sleep(100);
        answer = await successor.call("validate-file", batch);
      }
      expect(Date.now()).toBeGreaterThan(left?.leaseUntil ?? Number.POSITIVE_INFINITY);
      expect(answer).toEqual({ result: { accepted: 1, duplicate: 0, rejected: 0 } });
    } else {
      expect(left).toMatchObject({ state: "accepted" });
      expect(read).toHaveLength(1);
    }

    // From here on everybody finds it decided, and nobody reads it again.
    read.length = 0;
    expect(await successor.call("validate-file", upload)).toMatchObject({ result: { state: "accepted", rows: 1 } });
    expect(await successor.call("validate-file", batch)).toMatchObject({ result: { accepted: 1 } });
    expect(read).toEqual([]);
    expect(await successor.call("build-manifest", { ...run, datasets: ["reviews"] })).toMatchObject({
      result: { datasets: { reviews: { accepted: 1, duplicate: 0, rejected: 0, rows: 1 } } },
    });
    const { Items = [] } = await new DynamoDBClient({}).send(new ScanCommand({ TableName: TABLE }));
    const ofFile = Items.map((item) => fromAttributes(item)).filter((item) => item.key === key);
    expect(ofFile.map(({ pk, state }) => [String(pk).split("#")[0], state]).toSorted()).toEqual([
      ["CONTENT", undefined],
      ["FILE", "accepted"],
    ]);
  } finally {
    await successor.kill();
  }
});
