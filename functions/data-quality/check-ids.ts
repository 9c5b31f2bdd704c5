import { contracts, DATASETS, type Dataset } from "../../contracts";
import { nearest } from "../lib/nearest";
import { compileChecks } from "./checks";
import { driftOf } from "./drift";
import { profileMeasures, readProfile } from "./profile";
import { lookupsOf } from "./references";
import { sameKeyChecks } from "./same-key";
import { DEFAULTS, type PastRun } from "./usual";

/** Any date does: ids do not depend on it. */
const DATE = "2025-01-01";

/** The ids of all checks that a run may make of a dataset and that may fail, in the order of a report. */
export function checkIds(dataset: Dataset): string[] {
  const run = steadyRun(dataset);
  const context = { date: DATE, processingTime: `${DATE}T00:00:00Z`, counts: run.counts, manifestRows: 1 };
  const history = Array.from({ length: DEFAULTS.leastHistory }, () => run);
  const checks = [
    ...compileChecks(dataset, context),
    ...driftOf(dataset, DATE, run, history),
    ...sameKeyChecks(dataset),
    ...lookupsOf(dataset),
  ];
  return checks.map(({ id }) => id);
}

/** A run of which all can be compared with others like it: every figure is the same, every text as long and begins alike. */
function steadyRun(dataset: Dataset): PastRun {
  const { properties } = contracts[dataset];
  const computed = Object.entries(properties).filter(([, schema]) => schema["x-computed"] !== undefined);
  return {
    date: DATE,
    counts: { in: 1, out: 1, quarantined: 0, duplicates: 0 },
    profile: readProfile(dataset, new Map(profileMeasures(dataset, DATE).map(({ name }) => [name, "1"]))),
    schema: {},
    computed: Object.fromEntries(computed.map(([name]) => [name, 1])),
  };
}

/**
 * What is wrong with the waivers of a dataset's contract: each must name one of its checks, or it would waive nothing and nobody would
 * know.
 */
export function waiverFaults(dataset: Dataset): string[] {
  const ids = checkIds(dataset);
  return (contracts[dataset]["x-waivers"] ?? [])
    .filter(({ check }) => !ids.includes(check))
    .map(({ check, owner }) => `the waiver of ${owner} names ${unknownCheck(check, ids)}`);
}

/** What is wrong with a run's promotions: each must be `*` or name a check. */
export function promotionFaults(promote: readonly string[]): string[] {
  const ids = DATASETS.flatMap(checkIds);
  return promote.filter((id) => id !== "*" && !ids.includes(id)).map((id) => unknownCheck(id, ids));
}

function unknownCheck(id: string, ids: readonly string[]): string {
  const meant = nearest(id, ids);
  return `"${id}", which is no check${meant === undefined ? "" : ` (is "${meant}" meant?)`}`;
}
