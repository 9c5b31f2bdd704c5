import type { RunStep } from "../../modules/orchestration/run-steps";
import type { Fault } from "./fault-plan";
import type { Expectation, Stage, TablesVerdict, Way } from "./scenario";

export type Kind = Fault["fault"];

/** Seconds that something hangs that has a limit of its own, rather than the quarters of an hour that it may. */
const HANGS = { seconds: 3 } as const;

/** What a way is called. */
const NAMES: Record<Kind, string> = {
  throttle: "throttled-always",
  crash: "crashes",
  timeout: "times-out",
  garbage: "returns-garbage",
  kill: "is-killed",
};

/** A function or job that goes wrong for good. */
interface Broken {
  readonly target: string;
  /** What people call it. */
  readonly who: string;
  /** The call at which it is killed. */
  readonly at: string;
  readonly expect: (kind: Kind) => Expectation;
  /** @default all five */
  readonly kinds?: readonly Kind[];
}

/** @returns the ways in which a function or a job goes wrong for good, each in a run of its own */
export function brokenFor({
  target,
  who,
  at,
  expect,
  kinds = ["throttle", "crash", "timeout", "garbage", "kill"],
}: Broken): Way[] {
  const what: Record<Kind, string> = {
    throttle: `${who} is throttled, always`,
    crash: `${who} crashes`,
    timeout: `${who} does not end in its time`,
    garbage: `${who} says that it is done, and has done nothing`,
    kill: `${who} is killed at its work (${at})`,
  };
  const more: Partial<Record<Kind, Partial<Fault>>> = { timeout: HANGS, kill: { at } };
  return kinds.map((kind) => ({
    name: NAMES[kind],
    what: what[kind],
    faults: ofRun(target, kind, { times: "always", ...more[kind] }),
    expect: expect(kind),
  }));
}

/** @returns a fault that strikes what is given the run's name */
export const ofRun =
  (target: string, fault: Kind, more: Partial<Fault> = {}) =>
  ({ run }: Stage): Fault[] => [{ target, fault, containing: run, ...more }];

/** @returns a fault that strikes what is given the run's date */
export const ofDate =
  (target: string, fault: Kind, more: Partial<Fault> = {}) =>
  ({ date }: Stage): Fault[] => [{ target, fault, containing: date, ...more }];

/** @returns what is expected of a run that fails at a step, by what went wrong */
export const failedAt =
  (step: RunStep, tables: TablesVerdict = "as before", more: Partial<Record<Kind, Partial<Expectation>>> = {}) =>
  (kind: Kind): Expectation => ({ status: "FAILED", step, tables, ...more[kind] });

/**
 * The merge is killed between two tables that it publishes. Branches of three curated tables come first, each made, emptied where it has
 * rows, and filled; then the tables are moved to them one by one, the processed one first. The second of these never comes.
 */
export const betweenPublishedTables = (stage: Stage): Fault[] =>
  ofRun("glue:master-data-merge", "kill", { at: `glue:UpdateTable ${stage.lab.hasPublished ? 11 : 8}` })(stage);
