import { table } from "../../cli/lib/table";
import { type Caught, WAYS } from "./caught";
import type { Defect } from "./defects";

/** Shares of the rows that a defect hits. */
export const SHARES = [0.0001, 0.01, 0.5] as const;

/** Share from which on a defect must be caught, unless it says another. */
export const LEAST_SHARE = 0.01;

/** How a defect showed in a share of the rows; 1 where it has none but strikes the file. */
export interface Finding extends Caught {
  readonly defect: Defect;
  readonly share: number;
}

/** A day without a defect of which something was said. */
export interface FalseAlarm {
  readonly day: string;
  readonly checks: readonly string[];
}

/** What was missed of what must be caught. */
export function failures(found: readonly Finding[]): Finding[] {
  return found.filter((finding) => finding.way === "missed" && isDue(finding));
}

function isDue({ defect, share }: Finding): boolean {
  return share >= (defect.least ?? LEAST_SHARE);
}

/** Characters of what told of a defect. */
const MOST_TOLD = 70;

/** The findings for people, and what they come to. */
export function text(found: readonly Finding[], falseAlarms: readonly FalseAlarm[], cleanDays: number): string[] {
  const defects = [...new Set(found.map(({ defect }) => defect))];
  const rows = defects.map((defect) => {
    const of = found.filter((finding) => finding.defect === defect);
    const cell = (share: number) => of.filter((finding) => finding.share === share).map(word)[0] ?? "";
    const told = of.find(({ way }) => way !== "missed")?.by ?? "";
    const last = of.find((finding) => finding.way !== "missed" && isDue(finding))?.by ?? told;
    return [defect.dataset, defect.name, ...[...SHARES, 1].map(cell), shortened(last)];
  });
  const titles = ["dataset", "defect", ...SHARES.map((share) => `${share * 100} %`), "whole file", "told by"];
  const due = found.filter(isDue);
  const caught = found.filter(({ way }) => way !== "missed");
  return [
    ...table(
      titles.map((title) => ({ title })),
      rows,
    ),
    "",
    `  ${caught.length} of ${found.length} caught; of the ${due.length} that must be, ${failures(found).length} missed. ` +
      `${falseAlarms.length} of ${cleanDays} clean days with a false alarm.`,
    ...falseAlarms.map(({ day, checks }) => `    ${day}: ${checks.join(", ")}`),
  ];
}

/** What was missed and need not be caught is in brackets. */
function word(finding: Finding): string {
  return finding.way === "missed" && !isDue(finding) ? "(missed)" : WAYS[finding.way];
}

function shortened(text: string): string {
  return text.length <= MOST_TOLD ? text : `${text.slice(0, MOST_TOLD - 1)}…`;
}
