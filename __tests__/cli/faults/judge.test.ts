import { describeTables, judge } from "../../../cli/faults/judge";
import type { Observation } from "../../../cli/faults/lab";

const DATE = "2025-02-03";
const tables = (...versions: (number | "mixed")[]) => ({
  transactions: Object.fromEntries(versions.map((version, index) => [`t${index}`, version])),
});

/** A run that failed as it should: told, recorded, free, nothing published. */
const FAILED: Observation = {
  run: `${DATE}-cli-1`,
  status: "FAILED",
  error: "Error",
  cause: "it broke",
  ledger: { state: "FAILED", failed_step: "EtlJobs" },
  notices: [
    {
      topic: "notifications",
      subject: `[x] ${DATE} FAILED: failed at EtlJobs`,
      message: "head\nIt failed at EtlJobs: Error\n  it broke\nThe tables stand.\n\nFiles\n",
    },
  ],
  unheard: false,
  holders: [],
  tables: tables(1, 1),
  steps: [{ step: "EtlJobs", attempt: 1 }],
};
const EXPECTED = { status: "FAILED", step: "EtlJobs", error: /^Error$/, tables: "as before" } as const;
const VERSIONS = { before: tables(1, 1), newest: 2 };
const problemsOf = (seen: Partial<Observation>, expect = EXPECTED as Parameters<typeof judge>[1]) =>
  judge({ ...FAILED, ...seen }, expect, VERSIONS, DATE).problems;

test("a run that failed as it must is without problems, and says what was told", () => {
  expect(judge(FAILED, EXPECTED, VERSIONS, DATE)).toEqual({
    run: "FAILED: Error",
    ledger: "FAILED at EtlJobs",
    told: [
      `notifications: [x] ${DATE} FAILED: failed at EtlJobs · It failed at EtlJobs: Error it broke The tables stand.`,
    ],
    lock: "free",
    tables: "as before",
    problems: [],
  });
});

test.each<[string, Partial<Observation>, RegExp]>([
  ["another end", { status: "SUCCEEDED" }, /ended as SUCCEEDED/],
  ["another error", { error: "States.Timeout" }, /the error is States\.Timeout/],
  ["tables of the new version", { tables: tables(2, 2) }, /the tables are complete/],
  ["tables that differ", { tables: tables(1, 2) }, /the tables are each whole/],
  ["a table that holds a mixture", { tables: tables(1, "mixed") }, /neither: t0 1 after 1, t1 mixed after 1 of 2 new/],
  ["a lock that is held", { holders: ["a-run"] }, /still held by a-run/],
  ["a ledger that thinks it runs", { ledger: { state: "RUNNING" } }, /the run ledger says RUNNING/],
  ["no entry in the ledger", { ledger: undefined }, /the run ledger says undefined/],
  [
    "another step in the ledger",
    { ledger: { state: "FAILED", failed_step: "RunCrawlers" } },
    /RunCrawlers as the step/,
  ],
  ["silence", { notices: [] }, /nobody was told/],
  [
    "a subject that says otherwise",
    { notices: [{ topic: "notifications", subject: `${DATE} SUCCEEDED`, message: "Error" }] },
    /does not say FAILED/,
  ],
  [
    "a message without the error",
    { notices: [{ topic: "notifications", subject: `${DATE} FAILED`, message: "sorry" }] },
    /does not name Error/,
  ],
])("%s is a problem", (_, seen, problem) => {
  expect(problemsOf(seen)).toContainEqual(expect.stringMatching(problem));
});

test("where nobody can be told, a dead letter has to say so", () => {
  const expected = { ...EXPECTED, told: false };
  expect(problemsOf({ notices: [] }, expected)).toEqual(["nobody was told, and no dead letter says so"]);
  expect(problemsOf({ notices: [], unheard: true }, expected)).toEqual([]);
});

test("a step that had to be tried again and was not is a problem", () => {
  const problems = problemsOf({}, { ...EXPECTED, retried: ["EtlJobs", "MergeMasterData"] });
  expect(problems).toEqual(["EtlJobs was tried 1 times", "MergeMasterData was tried 0 times"]);
});

test("where nothing new has come, tables that hold all of it are as before", () => {
  expect(describeTables(tables(2, 2), { before: tables(2, 2), newest: 2 })).toBe("as before");
  expect(describeTables(tables(0, 0), { before: tables(0, 0), newest: 1 })).toBe("as before");
});

test("tables that held the newest version already are as before, and complete: what is expected is told", () => {
  const versions = { before: tables(2, 2), newest: 2 };
  expect(describeTables(tables(2, 2), versions, "complete")).toBe("complete");
  expect(describeTables(tables(2, 2), versions, "each whole")).toBe("as before");
  expect(describeTables(tables(1, 1), { before: tables(1, 1), newest: 2 }, "complete")).toBe("as before");
});

test("tables that differed before are as before only where each holds what it held", () => {
  const versions = { before: tables(2, 1), newest: 3 };
  expect(describeTables(tables(2, 1), versions)).toBe("as before");
  expect(describeTables(tables(3, 1), versions)).toBe("each whole");
  expect(describeTables(tables(1, 1), versions)).toMatch(/^neither: t0 1 after 2/);
  expect(describeTables(tables(3, 3), versions)).toBe("complete");
});

test("where one of two datasets is published, it is told which", () => {
  const before = { transactions: { t: 1 }, products: { p: 1 } };
  const versions = { before, newest: 2 };
  expect(describeTables(before, versions)).toBe("as before");
  expect(describeTables({ transactions: { t: 1 }, products: { p: 2 } }, versions)).toBe(
    "transactions as before, products complete",
  );
  const expected = { ...EXPECTED, tables: { transactions: "as before", products: "complete" } } as const;
  const seen = (products: number) => ({ ...FAILED, tables: { transactions: { t: 1 }, products: { p: products } } });
  expect(judge(seen(2), expected, versions, DATE).problems).toEqual([]);
  expect(judge(seen(1), expected, versions, DATE).problems).toEqual([
    "the tables are as before, expected transactions as before, products complete",
  ]);
});

test("those who answer for the data are told of a gate that fails, and of nothing else", () => {
  const alert = { topic: "qualityAlerts", subject: `${DATE} FAILED`, message: "Error" };
  const both = { notices: [...FAILED.notices, alert] };
  const gate = { ...EXPECTED, alerted: true };
  expect(problemsOf(both, gate)).toEqual([]);
  expect(problemsOf({}, gate)).toEqual(["those who answer for the data were not told"]);
  expect(problemsOf(both)).toEqual(["those who answer for the data were told"]);
});

test("a message has to say what it must", () => {
  expect(problemsOf({}, { ...EXPECTED, says: /The tables stand/ })).toEqual([]);
  expect(problemsOf({}, { ...EXPECTED, says: /never/ })).toEqual(["the message does not say /never/"]);
});

test("a run that was gone on with must not do again what was done", () => {
  expect(problemsOf({}, { ...EXPECTED, without: ["ValidateFiles"] })).toEqual([]);
  expect(problemsOf({}, { ...EXPECTED, without: ["EtlJobs"] })).toEqual(["it went through EtlJobs"]);
});
