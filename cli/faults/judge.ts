import type { Observation } from "./lab";
import type { Expectation, TablesVerdict } from "./scenario";
import type { TablesState, Version } from "./tables";

/** What a scenario came to, as the table shows it. */
export interface Outcome {
  /** `part/way`. */
  readonly name: string;
  readonly title: string;
  readonly what: string;
  /** How the execution ended, with its error. */
  readonly run: string;
  /** The state in the run ledger, with the step. */
  readonly ledger: string;
  /** Subjects of what was told, and how the body begins that says why. */
  readonly told: readonly string[];
  readonly lock: string;
  readonly tables: string;
  /** How the plain rerun of the date ended. */
  readonly rerun: string;
  readonly seconds: number;
  /** What is not as it has to be; empty where all is. */
  readonly problems: readonly string[];
  /** Day on which it was seen (UTC), and the version of the code. */
  readonly seen: string;
  readonly version: string;
}

/** What stands for the rerun of a scenario whose date has not been run again since. */
export const NOT_TRIED = "not tried yet";

/** Characters of a message that the page shows. */
const MOST_OF_A_MESSAGE = 300;

/** What there was before a run: what the tables held, and which version of the date's files was the newest. */
export interface Versions {
  readonly before: TablesState;
  readonly newest: number;
}

/**
 * @param wanted by dataset, the verdict that is expected: where several hold, it is the one that is told
 * @returns in words, what the tables hold of the date; where it is not alike for all datasets, dataset by dataset
 */
export function describeTables(
  held: TablesState,
  { before, newest }: Versions,
  wanted: Expectation["tables"] = "as before",
): string {
  const was = new Map(Object.values(before).flatMap(Object.entries<Version>));
  const verdicts = Object.entries(held).map(([dataset, versions]) => {
    const found = verdictsOf(Object.entries(versions), was, newest);
    const expected = typeof wanted === "string" ? wanted : new Map<string, string>(Object.entries(wanted)).get(dataset);
    return [dataset, found.find((verdict) => verdict === expected) ?? found[0] ?? ""] as const;
  });
  return inWords(Object.fromEntries(verdicts));
}

/** All that can be said of tables: those that held the newest version before are as before, and complete. */
function verdictsOf(
  held: readonly (readonly [table: string, version: Version])[],
  was: ReadonlyMap<string, Version>,
  newest: number,
): readonly string[] {
  const isAsBefore = ([table, version]: readonly [string, Version]) => version === was.get(table);
  const isNew = ([, version]: readonly [string, Version]) => version === newest;
  const verdicts: TablesVerdict[] = [
    ...(held.every(isAsBefore) ? (["as before"] as const) : []),
    ...(held.every(isNew) ? (["complete"] as const) : []),
  ];
  if (verdicts.length > 0) return verdicts;
  if (held.every((one) => isAsBefore(one) || isNew(one))) return ["each whole"];
  const list = held.map(([table, version]) => `${table} ${version} after ${was.get(table)}`);
  return [`neither: ${list.join(", ")} of ${newest} new`];
}

function inWords(verdicts: Expectation["tables"] | Readonly<Record<string, string>>): string {
  if (typeof verdicts === "string") return verdicts;
  const different = new Set(Object.values(verdicts));
  if (different.size === 1) return [...different].join();
  return Object.entries(verdicts)
    .map(([dataset, verdict]) => `${dataset} ${verdict}`)
    .join(", ");
}

/** What `Outcome` says beside how the scenario is called. */
export type Judgement = Pick<Outcome, "run" | "ledger" | "told" | "lock" | "tables" | "problems">;

/**
 * Holds what was seen of a run against what must be after every fault, and against what is expected of this one.
 *
 * @param date of the run
 */
export function judge(seen: Observation, expect: Expectation, versions: Versions, date: string): Judgement {
  const { status, error, ledger, notices, holders } = seen;
  const tables = describeTables(seen.tables, versions, expect.tables);
  const failed = status !== "SUCCEEDED";
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };

  must(status === expect.status, `the run ended as ${status} and not as ${expect.status}`);
  if (expect.error !== undefined) must(expect.error.test(error), `the error is ${error}, expected ${expect.error}`);
  const expected = inWords(expect.tables);
  must(tables === expected, `the tables are ${tables}, expected ${expected}`);
  if (expect.told === false) must(seen.unheard, "nobody was told, and no dead letter says so");
  must(holders.length === 0, `still held by ${holders.join(", ")}`);
  if (expect.recorded !== false) {
    must(ledger?.state === status, `the run ledger says ${ledger?.state}`);
    if (expect.step !== undefined)
      must(
        ledger?.failed_step === expect.step,
        `the ledger names ${ledger?.failed_step} as the step, not ${expect.step}`,
      );
  }
  const told = notices.filter(({ subject }) => subject.includes(date));
  if (expect.told !== false) {
    must(told.length > 0, "nobody was told");
    must(
      told.every(({ subject }) => subject.includes(status)),
      `the subject does not say ${status}: ${told.map(({ subject }) => subject).join(" | ")}`,
    );
    if (failed)
      must(
        told.every(({ message }) => message.includes(error)),
        `the message does not name ${error}`,
      );
    const { says } = expect;
    if (says !== undefined)
      must(
        told.every(({ message }) => says.test(message)),
        `the message does not say ${says}`,
      );
    const alerted = told.some(({ topic }) => topic === "qualityAlerts");
    must(alerted === (expect.alerted ?? false), `those who answer for the data were ${alerted ? "" : "not "}told`);
  }
  for (const step of expect.without ?? []) {
    must(!seen.steps.some((view) => view.step === step), `it went through ${step}`);
  }
  for (const step of expect.retried ?? []) {
    const attempt = seen.steps.find((view) => view.step === step)?.attempt ?? 0;
    must(attempt > 1, `${step} was tried ${attempt} times`);
  }
  return {
    run: error === "" ? status : `${status}: ${error}`,
    ledger: ledger === undefined ? "no entry" : [ledger.state, ledger.failed_step].filter(Boolean).join(" at "),
    told: [
      ...told.map(({ topic, subject, message }) => `${topic}: ${subject} · ${reasonIn(message, error)}`),
      ...(seen.unheard ? ["nobody: its end lies in unclosed-runs, with an alarm"] : []),
    ],
    lock: holders.length === 0 ? "free" : `held by ${holders.join(", ")}`,
    tables,
    problems,
  };
}

/** The lines of a message that say what failed, from the one that names the error; of one that tells of success, its first. */
function reasonIn(message: string, error: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const at = error === "" ? -1 : lines.findIndex((line) => line.includes(error));
  const reason = at === -1 ? lines.slice(0, 1) : lines.slice(at, at + 3);
  return reason.filter(Boolean).join(" ").slice(0, MOST_OF_A_MESSAGE);
}
