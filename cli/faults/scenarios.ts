import { EVERY_STEP, RUN_PARTS } from "./run-parts";
import type { Group, Part, Scenario } from "./scenario";
import { STEP_PARTS } from "./step-parts";

/** The parts, in the order in which people read of them. */
const PARTS: readonly Part[] = [...EVERY_STEP, ...STEP_PARTS, ...RUN_PARTS];

/** Every scenario, in the order of the parts. */
export const SCENARIOS: readonly Scenario[] = PARTS.flatMap(({ name, title, ways }) =>
  ways.map((way) => ({ ...way, name: `${name}/${way.name}`, title })),
);

/** @returns the scenarios whose names begin so */
const of = (...beginnings: readonly string[]): Scenario[] =>
  SCENARIOS.filter(({ name }) => beginnings.some((beginning) => name.startsWith(beginning)));

/** Scenarios in which Spark has something to do. Those of the steps before it, and jobs that only pretend, take seconds. */
const WHOLE = ["run-crawlers/returns-garbage", "lock/race", "every-step/"];

/** What depends on what the environment chose for a dataset that fails. */
const goesOn = ({ name }: Scenario) => name.endsWith("-continue");

const SALES = ["transactions"] as const;
const BOTH = ["transactions", "products"] as const;

/**
 * Everything, cheap first. What fails at the end fails alike with files and without, and without them it takes seconds. Within a group, what
 * leaves tables that differ comes last; where a run is gone on with, the steps follow each other in their order.
 */
export const GROUPS: readonly Group[] = [
  { name: "no-files", files: false, datasets: SALES, scenarios: of("notification/", "topic-gone/", "ledger/") },
  {
    name: "until-jobs",
    files: true,
    datasets: SALES,
    scenarios: of("validate-files/", "run-crawlers/", "etl-jobs/", "lock/").filter(
      ({ name }) => !WHOLE.includes(name) && name !== "etl-jobs/is-killed",
    ),
  },
  { name: "whole", files: true, datasets: SALES, scenarios: of(...WHOLE) },
  {
    name: "until-published",
    files: true,
    datasets: SALES,
    goesOn: true,
    scenarios: of("etl-jobs/is-killed", "data-quality/", "merge/"),
  },
  { name: "published", files: true, datasets: SALES, goesOn: true, scenarios: of("refresh-tables/") },
  { name: "redriven", files: true, datasets: SALES, scenarios: of("redrive/") },
  {
    name: "one-of-two",
    files: true,
    datasets: BOTH,
    scenarios: of("one-dataset/").filter((scenario) => !goesOn(scenario)),
  },
  {
    name: "partial",
    files: true,
    datasets: BOTH,
    onDatasetFailure: "continue",
    scenarios: of("one-dataset/").filter(goesOn),
  },
];
