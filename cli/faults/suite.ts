import type { Dataset } from "../../contracts";
import { withDateReserved } from "../lib/reserve-date";
import type { FaultState } from "./fault-plan";
import { type Judgement, judge, NOT_TRIED, type Outcome, type Versions } from "./judge";
import type { Lab, Observation } from "./lab";
import { type Group, type Scenario, type Stage, uploadMore } from "./scenarios";

/** A run without any fault, whose times are worth keeping. */
export interface Times {
  readonly seconds: number;
  /** Seconds in which nothing was at work for the run. */
  readonly orchestrationSeconds: number;
  readonly steps: Readonly<Record<string, number>>;
}

/** What a group came to. */
export interface GroupResult {
  readonly outcomes: readonly Omit<Outcome, "seen" | "version">[];
  readonly times: Times;
}

/** Is told how it goes. */
export interface Listener {
  begun(name: string, what: string): void;
  ended(name: string, problems: readonly string[], seconds: number): void;
  /** What a scenario came to, while the rerun is still to come. */
  seen(outcome: GroupResult["outcomes"][number]): void;
}

/**
 * Plays the scenarios of a group, one after another on one date, each with a newer version of the date's file; then runs the date
 * once more without any fault, which has to end right whatever the others left behind.
 */
export async function playGroup(lab: Lab, group: Group, date: string, listener: Listener): Promise<GroupResult> {
  const seen: GroupResult["outcomes"][number][] = [];
  let published = lab.version(date);
  for (const scenario of group.scenarios) {
    const { name, title, what } = scenario;
    listener.begun(name, what);
    const began = performance.now();
    const { judgement, now } = await playScenario(lab, group, scenario, date, published);
    published = now;
    const seconds = (performance.now() - began) / 1000;
    const outcome = { name, title, what, ...judgement, rerun: NOT_TRIED, seconds: Math.round(seconds) };
    seen.push(outcome);
    listener.ended(name, judgement.problems, seconds);
    listener.seen(outcome);
  }
  const name = `${group.name}/rerun`;
  listener.begun(name, "the date is run again, without any fault");
  const began = performance.now();
  const { rerun, times } = await rerunPlainly(lab, group, date, published);
  listener.ended(name, rerun.problems, (performance.now() - began) / 1000);
  const outcomes = seen.map((outcome) => ({
    ...outcome,
    rerun: rerun.text,
    problems: [...outcome.problems, ...rerun.problems.map((problem) => `rerun: ${problem}`)],
  }));
  return { outcomes, times };
}

async function playScenario(
  lab: Lab,
  group: Group,
  scenario: Scenario,
  date: string,
  before: number,
): Promise<{ judgement: Judgement; now: number }> {
  const run = lab.newRun(date);
  const stage: Stage = { lab, date, run, datasets: group.datasets };
  const early = scenario.beforeUpload === true;
  const faults: FaultState[] = [];
  const arm = async () => {
    for (const fault of scenario.faults?.(stage) ?? []) faults.push(await lab.faults.ask(fault));
  };
  if (early) await arm();
  if (group.files) await withDateReserved(lab.lake, date, run, () => upload(lab, stage));
  if (!early) await arm();
  const { seen, problems } = await (scenario.play ?? playPlainly)(stage);
  const states = await lab.faults.list();
  const idle = states.filter(({ id, struck }) => struck === 0 && faults.some((fault) => fault.id === id));
  for (const fault of faults) await lab.faults.lift(fault);
  const versions: Versions = { before, newest: lab.version(date) };
  const judgement = judge(seen, scenario.expect, versions, date);
  const untouched = idle.map(({ target }) => `the fault of ${target} struck nothing`);
  return {
    judgement: { ...judgement, problems: [...judgement.problems, ...problems, ...untouched] },
    now: judgement.tables === "complete" ? versions.newest : before,
  };
}

async function playPlainly({ lab, date, run, datasets }: Stage): Promise<{ seen: Observation; problems: string[] }> {
  return { seen: await lab.observe(await lab.start(date, run, datasets)), problems: [] };
}

async function upload(lab: Lab, stage: Stage): Promise<void> {
  await lab.uploadNext(stage.date);
  await uploadMore(stage);
}

/** Runs a date again; nothing new has come. */
export async function rerunPlainly(
  lab: Lab,
  group: { readonly files: boolean; readonly datasets: readonly Dataset[] },
  date: string,
  published: number,
): Promise<{ rerun: { text: string; problems: readonly string[] }; times: Times }> {
  const seen = await lab.observe(await lab.start(date, lab.newRun(date), group.datasets));
  const newest = lab.version(date);
  // What is published already stays as it is.
  const tables = newest === published ? "as before" : "complete";
  const { problems } = judge(seen, { status: "SUCCEEDED", tables }, { before: published, newest }, date);
  return {
    rerun: {
      text: problems.length === 0 ? (group.files ? "SUCCEEDED, complete" : "SUCCEEDED") : seen.status,
      problems,
    },
    times: {
      seconds: seen.seconds,
      orchestrationSeconds: seen.idleSeconds,
      steps: Object.fromEntries(seen.steps.map(({ step, seconds }) => [step, Math.round(seconds * 10) / 10])),
    },
  };
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
