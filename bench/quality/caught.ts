import type { Dataset } from "../../contracts";
import { failedChecks } from "../../functions/data-quality/verdict";
import type { Outcome } from "./corpus";

/** How a defect shows, the earliest way first: the file is turned away, nothing is published, people are told, the rows are kept out; or not at all. */
export const WAYS = {
  file: "file refused",
  gate: "gate closed",
  warning: "warned",
  rows: "rows kept out",
  missed: "missed",
} as const;

export type Way = keyof typeof WAYS;

/** How a defect showed, and what told of it. */
export interface Caught {
  readonly way: Way;
  readonly by: string;
}

/** What of a batch did not pass, the gravest first. */
export function alarms({ report }: Outcome): string[] {
  return failedChecks(report.checks).map(({ id }) => id);
}

/** How a defect of a dataset showed: all that is said of the batch, and was not said of the same batch without it. */
export function caught(dataset: Dataset, outcome: Outcome, clean: Outcome): Caught {
  const refused = outcome.excluded.filter(
    ({ key, state }) => !clean.excluded.some((one) => one.key === key && one.state === state),
  );
  if (refused.length > 0) return { way: "file", by: refused[0]?.reason ?? "" };
  const usual = new Set(alarms(clean));
  const by = alarms(outcome).filter((id) => !usual.has(id));
  if (by.length > 0) return { way: outcome.report.verdict === "fail" ? "gate" : "warning", by: by.join(", ") };
  const aside = (one: Outcome) => one.report.rows[dataset].quarantined + one.report.rows[dataset].duplicates;
  const more = aside(outcome) - aside(clean);
  return more > 0 ? { way: "rows", by: `${more} rows` } : { way: "missed", by: "" };
}
