import { AthenaClient } from "@aws-sdk/client-athena";
import { Athena } from "../lib/athena";
import { Catalog } from "../lib/catalog";
import { readSettings } from "../lib/environment";
import { InvalidEvent } from "../lib/errors";
import { EventReader } from "../lib/event";
import { LakeObjects } from "../lib/lake-objects";
import { createLogger } from "../lib/logger";
import { Metrics } from "../lib/metrics";
import { RunLedger } from "../lib/run-ledger";
import { promotionFaults } from "./check-ids";
import { checkDataQuality, type DataQualityResult } from "./data-quality";

const settings = readSettings(
  "LAKE_ENV",
  "LAKE_BUCKET",
  "RUN_LEDGER_TABLE",
  "ATHENA_WORKGROUP",
  "RAW_DATABASE",
  "PROCESSED_DATABASE",
);
const databases = { raw: settings.RAW_DATABASE, processed: settings.PROCESSED_DATABASE };
const athena = new Athena(new AthenaClient({}), { workgroup: settings.ATHENA_WORKGROUP });
const objects = new LakeObjects(settings.LAKE_BUCKET);
const runs = new RunLedger(settings.RUN_LEDGER_TABLE);
const catalog = new Catalog();
const metrics = new Metrics(settings.LAKE_ENV);

/** Step 4 of a run: see docs/architecture.md ("Lambdas"). */
export async function handler(event: unknown): Promise<DataQualityResult> {
  const reader = new EventReader(event);
  const promote = reader.value("promote") ?? [];
  if (!Array.isArray(promote) || !promote.every((id) => typeof id === "string")) {
    throw new InvalidEvent(`The event's "promote" is ${JSON.stringify(promote)}; a list of ids of checks is expected.`);
  }
  const faults = promotionFaults(promote);
  if (faults.length > 0) throw new InvalidEvent(`The event's "promote" names ${faults.join(" and ")}.`);
  const request = {
    ...reader.run(),
    manifest: reader.text("manifest"),
    withFiles: reader.datasets("withFiles"),
    promote,
  };
  const logger = createLogger({
    function: "data-quality",
    step: "DataQualityChecks",
    run: request.run,
    date: request.date,
  });
  const columnsOf = (name: string, table: string) => catalog.columns(name, table);
  return checkDataQuality(request, { databases, athena, objects, runs, columnsOf, logger, metrics });
}
