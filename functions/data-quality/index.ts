import { AthenaClient } from "@aws-sdk/client-athena";
import { Athena } from "../lib/athena";
import { Catalog } from "../lib/catalog";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { RunLedger } from "../lib/run-ledger";
import { checkDataQuality, type DataQualityResult } from "./data-quality";

const settings = readSettings("LAKE_BUCKET", "RUN_LEDGER_TABLE", "ATHENA_WORKGROUP", "PROCESSED_DATABASE");
const database = settings.PROCESSED_DATABASE;
const athena = new Athena(new AthenaClient({}), { workgroup: settings.ATHENA_WORKGROUP });
const objects = new LakeObjects(settings.LAKE_BUCKET);
const runs = new RunLedger(settings.RUN_LEDGER_TABLE);
const catalog = new Catalog();

/** Step 4 of a run: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown): Promise<DataQualityResult> {
  const reader = new EventReader(event);
  const request = { ...reader.run(), manifest: reader.text("manifest"), withFiles: reader.datasets("withFiles") };
  const logger = createLogger({ function: "data-quality", run: request.run, date: request.date });
  const hasTable = async (name: string, table: string) => (await catalog.table(name, table)) !== undefined;
  return checkDataQuality(request, { database, athena, objects, runs, hasTable, logger });
}
