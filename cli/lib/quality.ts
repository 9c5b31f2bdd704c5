import { GlueClient } from "@aws-sdk/client-glue";
import { DATASETS } from "../../contracts";
import { computeReport } from "../../functions/data-quality/data-quality";
import { readHistory } from "../../functions/data-quality/history";
import type { Trends } from "../../functions/data-quality/html";
import type { QualityReport } from "../../functions/data-quality/report";
import { Athena } from "../../functions/lib/athena";
import { Catalog } from "../../functions/lib/catalog";
import { LakeObjects } from "../../functions/lib/lake-objects";
import { runKey } from "../../functions/lib/lake-paths";
import type { Manifest } from "../../functions/lib/manifest";
import { printable } from "../../functions/lib/printable";
import { RunLedger } from "../../functions/lib/run-ledger";
import { CliError } from "./errors";
import { clientConfig, type Lake } from "./lake";

/** A run's data quality, and the figures of the runs before it. */
export interface Quality {
  readonly report: QualityReport;
  readonly trends: Trends;
}

/** What the functions would log is no concern of whoever types a command, but for what is odd. */
const logger = { info: () => {}, warn: (message: string) => console.error(`  ${printable(message)}`), error: () => {} };

/**
 * The report that the newest run of a date left.
 *
 * @throws CliError where none did
 */
export async function keptQuality(lake: Lake, date: string): Promise<Quality> {
  const { objects, ledger } = partsOf(lake);
  for (const { run } of await ledger.ofDate(date)) {
    const report = await objects.readJson(runKey({ run: String(run), date }, "quality.json"));
    if (report === undefined) continue;
    const { trends } = await readHistory(await ledger.succeeded(), date, objects, logger);
    // Written by data-quality of this very deployment.
    return { report: report as QualityReport, trends };
  }
  throw noReport(lake, date);
}

/**
 * Runs the checks of this checkout on what the newest run of a date has written, and leaves the lake as it is.
 *
 * @param promote ids of warnings to count as errors; `*` for all
 * @throws CliError where no run of the date came as far as a manifest
 */
export async function presentQuality(lake: Lake, date: string, promote: readonly string[]): Promise<Quality> {
  const { objects, ledger } = partsOf(lake);
  const { names, athena, environment, local } = lake;
  const catalog = new Catalog(new GlueClient(clientConfig(environment, local)));
  for (const { run, started_at } of await ledger.ofDate(date)) {
    const context = { run: String(run), date, processingTime: String(started_at) };
    const key = runKey(context, "manifest.json");
    // Written by build-manifest of this very deployment.
    const manifest = (await objects.readJson(key)) as Manifest | undefined;
    if (manifest === undefined) continue;
    const withFiles = DATASETS.filter((dataset) => (manifest.datasets[dataset]?.files.length ?? 0) > 0);
    return computeReport(
      { ...context, manifest: key, withFiles, promote },
      {
        databases: { raw: names.database("raw"), processed: names.database("processed") },
        athena: new Athena(athena, { workgroup: names.workgroup }),
        objects,
        runs: ledger,
        columnsOf: (database, table) => catalog.columns(database, table),
        logger,
      },
    );
  }
  throw noReport(lake, date);
}

function partsOf({ names, s3, dynamo }: Lake) {
  return { objects: new LakeObjects(names.bucket, s3), ledger: new RunLedger(names.runLedger, dynamo) };
}

function noReport({ environment }: Lake, date: string): CliError {
  return new CliError(
    `No run of ${date} in ${environment.name} came as far as the data quality checks: npm run pipeline -- status --env ${environment.name}`,
  );
}
