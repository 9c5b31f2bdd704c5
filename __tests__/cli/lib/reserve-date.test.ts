import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { lakeOf } from "../../../cli/lib/lake";
import { withDateReserved } from "../../../cli/lib/reserve-date";
import { environment } from "../../../envs";
import { fromAttributes, type Item, toAttributes } from "../../../functions/lib/dynamo";
import { createLedger, type Moto, startMoto } from "../../functions/moto";

const DATE = "2025-01-15";
const RUN = "2025-01-15-cli-1";

let moto: Moto;
let lake: ReturnType<typeof lakeOf>;

beforeAll(async () => {
  moto = await startMoto();
  const env = environment("local");
  lake = lakeOf(env, { endpoint: moto.endpoint, region: env.region, account: env.account, pid: 0, folder: "" });
  await createLedger(lake.names.runLedger, "started_at");
});
afterAll(() => moto.stop());

const key = { pk: { S: `LOCK#${DATE}` }, sk: { S: "LOCK" } };

async function lock(): Promise<Item> {
  const { Item = {} } = await new DynamoDBClient({}).send(
    new GetItemCommand({ TableName: lake.names.runLedger, Key: key }),
  );
  return fromAttributes(Item);
}

/** As the state machine takes or frees it. */
async function hold(run: string, expires: number): Promise<void> {
  await new DynamoDBClient({}).send(
    new UpdateItemCommand({
      TableName: lake.names.runLedger,
      Key: key,
      UpdateExpression: "SET #run = :run, expires_at = :expires",
      ExpressionAttributeNames: { "#run": "run" },
      ExpressionAttributeValues: toAttributes({ ":run": run, ":expires": expires }),
    }),
  );
}

test("while files are uploaded the date is the coming run's, and stays so for it to take", async () => {
  const during = await withDateReserved(lake, DATE, RUN, lock);
  expect(during).toMatchObject({ run: RUN });
  expect(Number(during.expires_at) - Date.now() / 1000).toBeGreaterThan(240);
  expect(Number(during.expires_at) - Date.now() / 1000).toBeLessThan(301);
  expect(await lock()).toMatchObject({ run: RUN });
});

test("where the upload fails the date is given back", async () => {
  await expect(withDateReserved(lake, DATE, RUN, () => Promise.reject(new Error("no network")))).rejects.toThrow(
    "no network",
  );
  expect(await lock()).not.toHaveProperty("run");
});

test("a date that another run holds is left to it, and files are uploaded all the same", async () => {
  await hold("2025-01-15-upload-1", Date.now() / 1000 + 60);
  expect(await withDateReserved(lake, DATE, RUN, lock)).toMatchObject({ run: "2025-01-15-upload-1" });
  await expect(withDateReserved(lake, DATE, RUN, () => Promise.reject(new Error("x")))).rejects.toThrow("x");
  expect(await lock()).toMatchObject({ run: "2025-01-15-upload-1" });
});

test("a lease that is over is taken", async () => {
  await hold("2025-01-15-upload-1", Date.now() / 1000 - 1);
  expect(await withDateReserved(lake, DATE, RUN, lock)).toMatchObject({ run: RUN });
});
