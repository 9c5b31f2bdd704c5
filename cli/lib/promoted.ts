import { promotionFaults } from "../../functions/data-quality/check-ids";
import { UsageError } from "./errors";

/**
 * Makes sure that each of a run's promotions names a check: one that names none promotes nothing, and the gate stays open.
 *
 * @throws UsageError with the nearest that there is
 */
export function requireChecks(promote: readonly string[] = []): void {
  const faults = promotionFaults(promote);
  if (faults.length === 0) return;
  throw new UsageError(
    `--promote names ${faults.join(" and ")}. What a run checks: npm run pipeline -- quality --date newest --json`,
  );
}
