import { existsSync, readFileSync } from "node:fs";
import { SCENARIO_NAMES } from "../../../cli/commands/test-faults";
import { NOT_TRIED, type Outcome } from "../../../cli/faults/judge";
import { reliabilityPage } from "../../../cli/faults/page";
import { RESTART } from "../../../cli/faults/restart";
import { merged, PAGE, RESULTS, readResults } from "../../../cli/faults/results";
import { GROUPS } from "../../../cli/faults/scenarios";
import { dateOf, select } from "../../../cli/faults/suite";
import { RUN_STEPS } from "../../../modules/orchestration/run-steps";

const outcome = (name: string, more: Partial<Outcome> = {}): Outcome => ({
  name,
  title: "1 Validate files",
  what: "it breaks",
  run: "FAILED: Error",
  ledger: "FAILED at ValidateFiles",
  told: ["notifications: a | b"],
  lock: "free",
  tables: "as before",
  rerun: "SUCCEEDED, complete",
  seconds: 1,
  problems: [],
  seen: "2025-01-01",
  version: "abcdef0",
  ...more,
});

test("the page is what the outcomes make of it", () => {
  expect(existsSync(RESULTS)).toBe(true);
  expect(readFileSync(PAGE, "utf8")).toBe(reliabilityPage(readResults()));
});

test("every row of the page is a scenario that there is, seen to be as it has to be", () => {
  const { outcomes } = readResults();
  expect(outcomes.length).toBeGreaterThan(0);
  for (const { name, problems, seen, version } of outcomes) {
    expect(SCENARIO_NAMES).toContain(name);
    expect([name, problems]).toEqual([name, []]);
    expect(seen).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(version).toMatch(/^[0-9a-f]{7,}\+?$|^v\d/);
  }
});

test("each scenario is played once", () => {
  const played = GROUPS.flatMap(({ scenarios }) => scenarios.map(({ name }) => name));
  expect([...played, RESTART].sort()).toEqual([...SCENARIO_NAMES].sort());
});

test("names of scenarios are unique, and their steps exist", () => {
  expect(new Set(SCENARIO_NAMES).size).toBe(SCENARIO_NAMES.length);
  const steps = GROUPS.flatMap(({ scenarios }) => scenarios.map(({ expect: { step } }) => step));
  for (const step of steps.filter((name) => name !== undefined)) expect(RUN_STEPS).toHaveProperty(step);
});

test("each of the seven steps is throttled once and always, crashes, times out, returns garbage and is killed", () => {
  const names = new Set(SCENARIO_NAMES);
  for (const group of ["validate-files", "run-crawlers", "etl-jobs", "data-quality", "merge", "refresh-tables"]) {
    const hangs = group === "run-crawlers" ? "never-ready" : "times-out";
    for (const way of ["throttled-always", "crashes", hangs, "returns-garbage", "is-killed"])
      expect(names).toContain(`${group}/${way}`);
  }
  for (const way of ["throttled-always", "crashes", "times-out", "is-killed", "summary-returns-garbage"])
    expect(names).toContain(`notification/${way}`);
  expect(names).toContain("every-step/throttled-once");
});

test("a row that is seen again takes the place of the older one; those of scenarios that are gone go", () => {
  const older = { outcomes: [outcome("a/1"), outcome("a/2"), outcome("gone/1")] };
  const newer = { outcomes: [outcome("a/1", { tables: "complete" })] };
  const both = merged(older, newer, ["a/2", "a/1", "a/3"]);
  expect(both.outcomes.map(({ name, tables }) => `${name} ${tables}`)).toEqual(["a/2 as before", "a/1 complete"]);
});

test("a row whose date was not run again fills a gap, and takes no other's place", () => {
  const half = { rerun: NOT_TRIED };
  const older = { outcomes: [outcome("a/1"), outcome("a/2", half)] };
  const newer = { outcomes: ["a/1", "a/2", "a/3"].map((name) => outcome(name, { ...half, tables: "complete" })) };
  const both = merged(older, newer, ["a/1", "a/2", "a/3"]);
  expect(both.outcomes.map(({ rerun, tables }) => `${tables}, ${rerun}`)).toEqual([
    "as before, SUCCEEDED, complete",
    `complete, ${NOT_TRIED}`,
    `complete, ${NOT_TRIED}`,
  ]);
});

test("a row shows what it must: who was told, when it was seen, and what is not as it has to be", () => {
  const page = reliabilityPage({ outcomes: [outcome("a/1"), outcome("a/2", { told: [], problems: ["no | good"] })] });
  expect(page).toContain(
    "| it breaks (`a/1`) | FAILED: Error | FAILED at ValidateFiles | notifications: a \\| b | free |",
  );
  expect(page).toContain("| as before | SUCCEEDED, complete | 2025-01-01 abcdef0 |");
  expect(page).toContain("(`a/2`)<br>**✗ no \\| good** |");
  expect(page).toContain("| nobody | free |");
});

test("what nobody has seen yet is named, and what was seen is not", () => {
  const [first = "", ...others] = SCENARIO_NAMES;
  const page = reliabilityPage({ outcomes: [outcome(first)] });
  expect(page).not.toContain(`- \`${first}\``);
  for (const name of others) expect(page).toContain(`- \`${name}\``);
  expect(reliabilityPage({ outcomes: SCENARIO_NAMES.map((name) => outcome(name)) })).not.toContain("Not seen yet");
});

test("a part of a name selects scenarios, and their groups keep their dates", () => {
  const [group, ...others] = select(GROUPS, ["merge/is-killed-publishing"]);
  expect(others).toEqual([]);
  expect(group?.scenarios.map(({ name }) => name)).toEqual(["merge/is-killed-publishing"]);
  expect(select(GROUPS, ["merge/crashes", "data-quality/crashes"])).toHaveLength(1);
  expect(select(GROUPS, ["nothing of the kind"])).toEqual([]);
  expect(select(GROUPS, undefined)).toHaveLength(GROUPS.length);
  expect([dateOf(0), dateOf(28)]).toEqual(["2025-02-01", "2025-03-01"]);
});
