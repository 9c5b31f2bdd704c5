import { withDateReserved } from "../lib/reserve-date";
import type { FaultState } from "./fault-plan";
import { type Judgement, judge, NOT_TRIED, type Outcome } from "./judge";
import type { Lab, Observation } from "./lab";
import { playPlainly } from "./plays";
import type { Group, Scenario, Stage } from "./scenario";
import type { TablesState } from "./tables";

/** What a scenario came to, before it is stamped. */
export type Seen = Omit<Outcome, "seen" | "version">;

/** Is told how it goes. */
export interface Listener {
  begun(name: string, what: string): void;
  ended(name: string, problems: readonly string[], seconds: number): void;
  /** What a scenario came to, while the rerun is still to come. */
  seen(outcome: Seen): void;
}

/**
 * Plays the scenarios of a group, one after another on one date, each with a newer version of the date's file; then runs the date
 * once more without any fault, which has to end right whatever the others left behind.
 */
export async function playGroup(lab: Lab, group: Group, date: string, listener: Listener): Promise<Seen[]> {
  const seen: Seen[] = [];
  let before = await lab.tables(date, group.datasets);
  let failed: string | undefined;
  for (const scenario of group.scenarios) {
    const { name, title, what } = scenario;
    listener.begun(name, what);
    const began = performance.now();
    const run = failed ?? lab.newRun(date);
    const stage: Stage = { lab, date, run, datasets: group.datasets, goesOn: failed !== undefined };
    const { judgement, observed } = await playScenario(stage, scenario, group.files, before);
    before = observed.tables;
    failed = group.goesOn === true && observed.status === "FAILED" ? run : undefined;
    const seconds = (performance.now() - began) / 1000;
    const outcome = { name, title, what, ...judgement, rerun: NOT_TRIED, seconds: Math.round(seconds) };
    seen.push(outcome);
    listener.ended(name, judgement.problems, seconds);
    listener.seen(outcome);
  }
  const name = `${group.name}/rerun`;
  listener.begun(name, "the date is run again, without any fault");
  const began = performance.now();
  const rerun = await rerunPlainly(lab, group, date);
  listener.ended(name, rerun.problems, (performance.now() - began) / 1000);
  return seen.map((outcome) => ({
    ...outcome,
    rerun: rerun.text,
    problems: [...outcome.problems, ...rerun.problems.map((problem) => `rerun: ${problem}`)],
  }));
}

async function playScenario(
  stage: Stage,
  scenario: Scenario,
  files: boolean,
  before: TablesState,
): Promise<{ judgement: Judgement; observed: Observation }> {
  const { lab, date, run, datasets, goesOn } = stage;
  const early = scenario.beforeUpload === true;
  const faults: FaultState[] = [];
  const arm = async () => {
    for (const fault of scenario.faults?.(stage) ?? []) faults.push(await lab.faults.ask(fault));
  };
  if (early) await arm();
  if (files && !goesOn) await withDateReserved(lab.lake, date, run, () => lab.uploadNext(date, datasets));
  if (!early) await arm();
  const { seen, problems } = await (scenario.play ?? playPlainly)(stage);
  const states = await lab.faults.list();
  const idle = states.filter(({ id, struck }) => struck === 0 && faults.some((fault) => fault.id === id));
  for (const fault of faults) await lab.faults.lift(fault);
  const judgement = judge(seen, scenario.expect, { before, newest: lab.version(date) }, date);
  const untouched = idle.map(({ target }) => `the fault of ${target} struck nothing`);
  return {
    judgement: { ...judgement, problems: [...judgement.problems, ...problems, ...untouched] },
    observed: seen,
  };
}

/** How a plain run of a date ended that was broken before. */
interface Rerun {
  readonly text: string;
  readonly problems: readonly string[];
}

/** Runs a date again; nothing new has come. */
export async function rerunPlainly(lab: Lab, group: Pick<Group, "files" | "datasets">, date: string): Promise<Rerun> {
  const { datasets } = group;
  const seen = await lab.observe(await lab.start(date, lab.newRun(date), datasets), datasets);
  const { problems } = judge(
    seen,
    { status: "SUCCEEDED", tables: "complete" },
    // Whatever there was before: all has to be the newest.
    { before: {}, newest: lab.version(date) },
    date,
  );
  return { text: problems.length === 0 ? (group.files ? "SUCCEEDED, complete" : "SUCCEEDED") : seen.status, problems };
}

/** @returns the date of the n-th group: each has one of its own */
export function dateOf(index: number): string {
  return new Date(Date.UTC(2025, 1, 1 + index)).toISOString().slice(0, 10);
}

/** @returns whether a scenario is selected: by a part of its name; all are where nothing is said */
export function isSelected(name: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((part) => name.includes(part));
}

/** @returns the groups with the scenarios that are selected */
export function select(groups: readonly Group[], only: readonly string[] | undefined): Group[] {
  return groups
    .map((group) => ({
      ...group,
      scenarios: group.scenarios.filter(({ name }) => isSelected(name, only)),
    }))
    .filter(({ scenarios }) => scenarios.length > 0);
}
