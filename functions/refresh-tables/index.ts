import { AthenaClient } from "@aws-sdk/client-athena";
import { Athena } from "../lib/athena";
import { Catalog } from "../lib/catalog";
import { readSettings } from "../lib/environment";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { type RefreshTablesResult, refreshTables } from "./refresh-tables";

const settings = readSettings("LAKE_BUCKET", "ATHENA_WORKGROUP", "PROCESSED_DATABASE", "CURATED_DATABASE");
const clients = {
  bucket: settings.LAKE_BUCKET,
  processedDatabase: settings.PROCESSED_DATABASE,
  curatedDatabase: settings.CURATED_DATABASE,
  athena: new Athena(new AthenaClient({}), { workgroup: settings.ATHENA_WORKGROUP }),
  catalog: new Catalog(),
  objects: new LakeObjects(settings.LAKE_BUCKET),
  now: Date.now,
};

/** Step 6 of a run: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown): Promise<RefreshTablesResult> {
  const reader = new EventReader(event);
  const request = { ...reader.run(), withFiles: reader.datasets("withFiles") };
  const logger = createLogger({
    function: "refresh-tables",
    step: "RefreshAthenaTables",
    run: request.run,
    date: request.date,
  });
  return refreshTables(request, { ...clients, logger });
}
