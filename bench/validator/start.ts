import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { unzipSync } from "fflate";
import { contracts } from "../../contracts";
import { bundledFunction } from "../../modules/lib/bundle";
import { PROCESSING_TIME } from "./data";

const DATE = "2025-01-31";
const KEY = `raw/transactions/date=${DATE}/a.csv`;
const CONTENT = `${Object.keys(contracts.transactions.properties).join(",")}\nT1,C1,P1,1,2.50,2.50,${DATE},completed\n`;

/** Calls the deployed handler as Lambda does: loads it, then hands it an event. */
const HOST = `
const { handler } = require("./index.js");
const loaded = performance.now();
handler(JSON.parse(process.env.EVENT), { getRemainingTimeInMillis: () => 60000 }).then((result) => {
  process.stdout.write(JSON.stringify({ loaded, result }));
  process.exit(0);
});
`;

/** A cold start of the deployed function. */
export interface ColdStart {
  /** Milliseconds from the start of the process until its code was loaded, */
  readonly loaded: number;
  /** until the first byte of the file was on its way to it, */
  readonly firstByte: number;
  /** and until the verdict on a file of one record reached the ledger. */
  readonly verdict: number;
}

/** The deployed bundle of the validator: its size in bytes, unpacked and as it is stored. */
export function bundleSize(): { readonly bytes: number; readonly zipped: number } {
  const zip = bundledFunction("validate-file");
  return { bytes: bundleOf(zip).length, zipped: zip.length };
}

function bundleOf(zip: Uint8Array): Uint8Array {
  const code = unzipSync(zip)["index.js"];
  if (code === undefined) throw new Error("The function's archive holds no index.js.");
  return code;
}

/** Starts the deployed bundle in a fresh process, so many times, against an S3 and a DynamoDB that answer at once. */
export async function coldStarts(folder: string, times: number): Promise<ColdStart[]> {
  writeFileSync(path.join(folder, "index.js"), bundleOf(bundledFunction("validate-file")));
  writeFileSync(path.join(folder, "host.js"), HOST);
  const seen = { firstByte: 0, verdict: 0 };
  const server = await listen(seen);
  try {
    const starts: ColdStart[] = [];
    for (let index = 0; index < times; index++) starts.push(await start(folder, server, seen));
    return starts;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** What the function asks for: an object, entries that are not there, writes that succeed. */
async function listen(seen: { firstByte: number; verdict: number }): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      if (request.method === "GET") {
        seen.firstByte = performance.now();
        response.writeHead(200, { etag: '"e"', "content-length": Buffer.byteLength(CONTENT) }).end(CONTENT);
        return;
      }
      if (request.headers["x-amz-target"]?.includes("TransactWriteItems")) seen.verdict = performance.now();
      response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function start(folder: string, server: Server, seen: { firstByte: number; verdict: number }): Promise<ColdStart> {
  const { port } = server.address() as AddressInfo; // It listens on TCP.
  const run = { run: "bench", date: DATE, processingTime: PROCESSING_TIME };
  const event = { ...run, dataset: "transactions", bucket: "lake", files: [{ key: KEY, etag: "e" }] };
  const began = performance.now();
  const child = spawn(process.execPath, ["host.js"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_S3_FORCE_PATH_STYLE: "true",
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      LAKE_ENV: "bench",
      LAKE_BUCKET: "lake",
      FILE_LEDGER_TABLE: "ledger",
      EVENT: JSON.stringify(event),
    },
  });
  let answer = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`The deployed function ended with code ${code}.`);
  // What the function logs comes before the last line.
  const { loaded, result }: { loaded: number; result: { accepted: number } } = JSON.parse(
    answer.slice(answer.lastIndexOf("\n") + 1),
  );
  if (result.accepted !== 1) throw new Error(`The deployed function says ${JSON.stringify(result)}.`);
  return { loaded, firstByte: seen.firstByte - began, verdict: seen.verdict - began };
}
