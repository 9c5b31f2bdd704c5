import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

const PYTHON = join(__dirname, "../../.local/venv/bin/python");
const SERVER = join(__dirname, "moto_server.py");

// What takes milliseconds on a machine of one's own takes seconds on a busy one.
jest.setTimeout(60_000);

/** A moto server of a test file's own. */
export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts moto on a free port of loopback and points this process's AWS clients to it.
 *
 * @example
 * let moto: Moto;
 * beforeAll(async () => { moto = await startMoto(); });
 * afterAll(() => moto.stop());
 */
export async function startMoto(): Promise<Moto> {
  const server = spawn(PYTHON, [SERVER], { stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  const lines = createInterface({ input: server.stderr });
  const heard: string[] = [];
  const endpoint = await new Promise<string>((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`moto ended before it listened:\n${heard.join("\n")}`)));
    lines.on("line", (line) => {
      heard.push(line);
      const url = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_S3_FORCE_PATH_STYLE: "true",
  });
  return {
    endpoint,
    async stop() {
      process.removeListener("exit", kill);
      kill();
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    },
  };
}

/** Creates a table with the ledgers' keys and an index by state. */
export async function createLedger(name: string, stateRange: "updated_at" | "started_at"): Promise<void> {
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" as const });
  await new DynamoDBClient({}).send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [text("pk"), text("sk"), text("state"), text(stateRange)],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: "by-state",
          KeySchema: [
            { AttributeName: "state", KeyType: "HASH" },
            { AttributeName: stateRange, KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    }),
  );
}

export async function createBucket(name: string): Promise<void> {
  await new S3Client({ forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: name }));
}
