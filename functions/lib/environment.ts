/** The environment variables that functions know; docs/architecture.md says who gets which. */
export type Setting =
  | "LAKE_ENV"
  | "LAKE_BUCKET"
  | "FILE_LEDGER_TABLE"
  | "RUN_LEDGER_TABLE"
  | "ATHENA_WORKGROUP"
  | "RAW_DATABASE"
  | "PROCESSED_DATABASE"
  | "CURATED_DATABASE"
  | "STATE_MACHINE_ARN"
  | "NOTIFICATIONS_TOPIC"
  | "QUALITY_ALERTS_TOPIC"
  | "COST_ALERTS_TOPIC"
  | "REFUSED_QUEUE_URL"
  | "EVENT_BUS"
  | "CODE_VERSION";

/**
 * Reads a function's settings once, when it is loaded.
 *
 * @throws Error that names every missing variable: the deployment is at fault.
 * @example
 * const settings = readSettings("LAKE_BUCKET"); // { LAKE_BUCKET: "data-lake-local-123456789012" }
 */
export function readSettings<Name extends Setting>(...names: readonly Name[]): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => (process.env[name] ?? "") === "");
  if (missing.length > 0) {
    throw new Error(
      `The function's environment lacks ${missing.join(", ")}: set it on the function (modules/ingestion, modules/orchestration).`,
    );
  }
  const pairs = names.map((name) => [name, process.env[name] ?? ""]);
  // Object.fromEntries forgets the names, which the line above has gone through one by one.
  return Object.fromEntries(pairs) as Record<Name, string>;
}
