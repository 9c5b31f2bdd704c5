import { CostExplorerClient } from "@aws-sdk/client-cost-explorer";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { createLogger } from "../lib/logger";
import { Metrics } from "../lib/metrics";
import { reportSpend } from "./report-spend";
import { Spend } from "./spend";

const settings = readSettings("LAKE_ENV");
const spend = new Spend(new CostExplorerClient({}), { key: "Environment", value: settings.LAKE_ENV });
const metrics = new Metrics(settings.LAKE_ENV);

/** Called once a day by its schedule. */
export async function handler(event: unknown): Promise<void> {
  new EventReader(event).text("scheduledTime");
  await reportSpend({ spend, metrics, now: Date.now, logger: createLogger({ function: "report-spend" }) });
}
