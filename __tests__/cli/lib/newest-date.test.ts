import { lakeOf } from "../../../cli/lib/lake";
import { dayOf } from "../../../cli/lib/newest-date";
import { environment } from "../../../envs";
import { RunLedger } from "../../../functions/lib/run-ledger";
import { createLedger, type Moto, startMoto } from "../../functions/moto";

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(() => moto.stop());

test("the newest date is that of the run that was started last, however it ended", async () => {
  const at = { endpoint: moto.endpoint, pid: 1, region: "us-east-1", account: "123456789012", folder: "" };
  const lake = lakeOf(environment("local"), at);
  const { runLedger } = lake.names;
  await createLedger(runLedger, "started_at");
  expect(await dayOf(lake, "2025-01-31")).toBe("2025-01-31");
  await expect(dayOf(lake, "newest")).rejects.toThrow("Nothing has run in local yet");
  const ledger = new RunLedger(runLedger, lake.dynamo);
  const run = (date: string, state: string, started_at: string) => ledger.record(date, date, { state, started_at });
  await run("2025-01-30", "SUCCEEDED", "2025-01-31T03:00:00Z");
  await run("2025-01-10", "FAILED", "2025-01-31T04:00:00Z");
  await run("2025-01-31", "SUCCEEDED", "2025-01-31T02:00:00Z");
  expect(await dayOf(lake, "newest")).toBe("2025-01-10");
});
