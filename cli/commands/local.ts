import { once } from "node:events";
import { EXIT, UsageError } from "../lib/errors";
import { interrupt, orInterrupted } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import type { LocalAws } from "../lib/local-aws";
import { applyLocal, withLocalLake } from "../lib/local-lake";
import { announce, findLocal, requireLocal } from "../lib/local-registry";
import { shownPath } from "../lib/paths";
import { newRunFolder } from "../lib/run-folder";

/**
 * `npm run local`: the local AWS with the local environment applied, up until Ctrl-C.
 *
 * @param faults whether it takes faults
 * @returns the exit code
 */
export async function local(faults: boolean): Promise<number> {
  await refuseSecond();
  const folder = newRunFolder("local");
  const stay = async (lake: Lake, aws: LocalAws) => {
    console.log(`  Logs            ${shownPath(folder)}`);
    if (faults) console.log(`  Faults          ${aws.local.endpoint}/_faults  (local/README.md)`);
    await keepUp(lake, aws);
    return EXIT.ok;
  };
  return withLocalLake(folder, stay, { faults });
}

/**
 * `npm run local -- --apply`: brings the local AWS that is up already to what the code now says; its data stay.
 *
 * @throws SetupError where none is up
 */
export async function applyAnew(): Promise<void> {
  await orInterrupted(applyLocal(await requireLocal()));
}

/** @throws UsageError where a local AWS is up already: other commands could not tell the two apart */
export async function refuseSecond(): Promise<void> {
  const running = await findLocal();
  if (running === undefined) return;
  throw new UsageError(
    `A local AWS is up already: ${running.endpoint}, process ${running.pid}.\n` +
      "  try   npm run pipeline -- run --env local --date 2025-01-31 --data DIR; npm run local -- --apply, to bring it up to date; " +
      "or end it with Ctrl-C in its terminal",
  );
}

/** Lets people and other commands use the local AWS, until somebody ends this command. */
export async function keepUp(lake: Lake, { local: running }: LocalAws): Promise<void> {
  const { endpoint, region } = running;
  const { bucket, workgroup } = lake.names;
  const withdraw = announce(running);
  console.log(
    [
      "",
      `  Endpoint        ${endpoint}  (region ${region}, any access key)`,
      "  Run a batch     npm run pipeline -- run --env local --date 2025-01-31 --data DIR",
      "  Query           npm run pipeline -- query batch_kpis 2025-01-31",
      `  aws             AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws --region ${region} --endpoint-url ${endpoint} s3 ls s3://${bucket}`,
      `  Athena          work group ${workgroup}, database ${lake.names.database("curated")}`,
      "  After a change  npm run local -- --apply",
      "",
      "  Up until Ctrl-C.",
    ].join("\n"),
  );
  try {
    if (!interrupt.aborted) await once(interrupt, "abort");
  } finally {
    withdraw();
  }
  console.log("\n  Ending the local AWS.");
}
