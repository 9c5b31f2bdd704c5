import { contracts, type Dataset, type Waiver } from "../../contracts";
import type { CheckResult, Verdict } from "./report";

/**
 * What a run and the contracts say of its checks: a warning may be promoted to an error for one run, and an error that is known
 * may be waived for some time. What could not be computed is never waived.
 *
 * @param promote ids of checks; `*` promotes every warning.
 * @returns the checks as they count.
 */
export function weigh(checks: readonly CheckResult[], date: string, promote: readonly string[]): CheckResult[] {
  return checks.map((check) => {
    const isPromoted = check.severity === "warn" && (promote.includes("*") || promote.includes(check.id));
    const weighed: CheckResult = isPromoted ? { ...check, severity: "error", promoted: true } : check;
    const waiver = waiverOf(check.dataset, check.id);
    if (waiver === undefined || check.status !== "failed") return weighed;
    return date <= waiver.until ? { ...weighed, status: "waived", waiver } : { ...weighed, waiver };
  });
}

/** The waiver that names a check; of several the one that holds longest. */
function waiverOf(dataset: Dataset, check: string): Waiver | undefined {
  return contracts[dataset]["x-waivers"]
    ?.filter((waiver) => waiver.check === check)
    .sort((a, b) => a.until.localeCompare(b.until))
    .at(-1);
}

/** `fail` where an error-severity check failed or any could not be computed, `warn` where another failed or one was waived. */
export function verdictOf(checks: readonly CheckResult[]): Verdict {
  if (checks.some(closesGate)) return "fail";
  return checks.some((check) => check.status !== "passed") ? "warn" : "pass";
}

/** The checks that did not pass, the gravest first. */
export function failedChecks(checks: readonly CheckResult[]): CheckResult[] {
  const gravity = (check: CheckResult) => (closesGate(check) ? 0 : check.status === "failed" ? 1 : 2);
  return checks.filter((check) => check.status !== "passed").sort((a, b) => gravity(a) - gravity(b));
}

/** Whether nothing may be published because of the check. */
export function closesGate(check: CheckResult): boolean {
  return check.status === "error" || (check.status === "failed" && check.severity === "error");
}
