import { readFileSync, writeFileSync } from "node:fs";
import { DEFECTS } from "./defects";
import type { FalseAlarm, Finding } from "./table";

/** What some shops' days and defects came to. */
export interface Findings {
  readonly cleanDays: number;
  readonly falseAlarms: readonly FalseAlarm[];
  readonly found: readonly Finding[];
}

/** The same in a file, version 1: a defect by its dataset and name. */
interface Kept extends Omit<Findings, "found"> {
  readonly version: 1;
  readonly defects: readonly (Omit<Finding, "defect"> & { readonly dataset: string; readonly name: string })[];
}

export function writeFindings(file: string, { cleanDays, falseAlarms, found }: Findings): void {
  const defects = found.map(({ defect: { name, dataset }, ...rest }) => ({ dataset, name, ...rest }));
  const kept: Kept = { version: 1, cleanDays, falseAlarms, defects };
  writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
}

/**
 * Puts together what several calls have written.
 *
 * @throws Error where a file tells of a defect that is not in the corpus: it is of another version.
 */
export function readFindings(files: readonly string[]): Findings {
  // Written by `writeFindings`.
  const all = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Kept);
  return joined(all.map(({ defects, ...rest }) => ({ ...rest, found: defects.map(findingOf) })));
}

/** What several shops came to, the defects in the order of the corpus. */
export function joined(all: readonly Findings[]): Findings {
  const found = all.flatMap((one) => one.found);
  return {
    cleanDays: all.reduce((total, one) => total + one.cleanDays, 0),
    falseAlarms: all.flatMap((one) => one.falseAlarms),
    found: DEFECTS.flatMap((defect) => found.filter((finding) => finding.defect === defect)),
  };
}

function findingOf({ dataset, name, ...rest }: Kept["defects"][number]): Finding {
  const defect = DEFECTS.find((one) => one.dataset === dataset && one.name === name);
  if (defect === undefined) throw new Error(`The corpus has no defect "${name}" of ${dataset}.`);
  return { defect, ...rest };
}
