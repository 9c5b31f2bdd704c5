import { RunLedger } from "../../functions/lib/run-ledger";
import { UsageError } from "./errors";
import type { Lake } from "./lake";
import { NEWEST } from "./options";

/**
 * @param date a day, or {@link NEWEST}
 * @returns the day
 * @throws UsageError where nothing has run yet
 */
export async function dayOf({ names, dynamo, environment }: Lake, date: string): Promise<string> {
  if (date !== NEWEST) return date;
  const [newest] = await new RunLedger(names.runLedger, dynamo).newest(1);
  if (newest === undefined) throw new UsageError(`Nothing has run in ${environment.name} yet: --date takes a day.`);
  return String(newest.date);
}
