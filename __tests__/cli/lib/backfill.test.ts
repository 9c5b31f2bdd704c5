import {
  type BackfilledDate,
  carryOut,
  type DateState,
  type Ended,
  type KnownDate,
  plan,
  type Runs,
  stateOf,
} from "../../../cli/lib/backfill";
import { daysBetween } from "../../../cli/lib/days";

const known = (date: string, state: KnownDate["state"]): KnownDate => ({
  date,
  state,
  run: state === "missing" || state === "empty" ? undefined : `${date}-cli-1`,
});

test.each([
  ["2025-02-27", "2025-03-01", ["2025-02-27", "2025-02-28", "2025-03-01"]],
  ["2024-02-28", "2024-03-01", ["2024-02-28", "2024-02-29", "2024-03-01"]],
  ["2025-01-01", "2025-01-01", ["2025-01-01"]],
  ["2025-01-02", "2025-01-01", []],
])("the days from %s to %s", (from, to, days) => {
  expect(daysBetween(from, to)).toEqual(days);
});

type Ask = () => Promise<boolean>;
const unasked: Ask = async () => {
  throw new Error("was not to be asked");
};

type Case = [state: string | undefined, isRunning: Ask, hasFiles: Ask, expected: DateState];

test.each<Case>([
  ["SUCCEEDED", unasked, unasked, "succeeded"],
  ["PARTIAL", unasked, unasked, "partial"],
  ["FAILED", unasked, unasked, "failed"],
  ["ABORTED", unasked, unasked, "failed"],
  ["TIMED_OUT", unasked, unasked, "failed"],
  ["RUNNING", async () => true, unasked, "running"],
  // The ledger was never told: the machine that ran it is gone.
  ["RUNNING", async () => false, unasked, "failed"],
  [undefined, unasked, async () => true, "missing"],
  [undefined, unasked, async () => false, "empty"],
])("a date whose newest run is %s", async (state, isRunning, hasFiles, expected) => {
  const runs =
    state === undefined
      ? []
      : [
          { run: "r", state },
          { run: "older", state: "FAILED" },
        ];
  expect(await stateOf(runs, isRunning, hasFiles)).toBe(expected);
});

const SIX = (["succeeded", "failed", "missing", "empty", "running", "partial"] as const).map((state, index) =>
  known(`2025-01-0${index + 1}`, state),
);

test.each([
  [
    ["failed", "missing"],
    ["skip", "run", "run", "skip", "follow", "run"],
  ],
  [["failed"], ["skip", "run", "skip", "skip", "follow", "run"]],
  [["missing"], ["skip", "skip", "run", "skip", "follow", "skip"]],
  [["all"], ["run", "run", "run", "run", "follow", "run"]],
] as const)("of %j are run", (only, actions) => {
  expect(plan(SIX, only).map(({ action }) => action)).toEqual(actions);
});

test("what the backfill has run already is not run again, however it ended", () => {
  const actions = plan(SIX, ["all"], new Set(["2025-01-01", "2025-01-02"])).map(({ action }) => action);
  expect(actions).toEqual(["skip", "skip", "run", "run", "follow", "run"]);
});

/** Runs that end when they are told to. */
class FakeRuns implements Runs {
  readonly started: string[] = [];
  readonly ends = new Map<string, (ended: Ended) => void>();
  most = 0;

  async start(date: string): Promise<string> {
    this.started.push(date);
    return `${date}-backfill-1`;
  }

  async end(run: string): Promise<{ ended: Ended; took: number }> {
    const ended = await new Promise<Ended>((resolve) => {
      this.ends.set(run, resolve);
      this.most = Math.max(this.most, this.ends.size);
    });
    this.ends.delete(run);
    return { ended, took: 1 };
  }

  /** Ends runs as they come, each as its date says, until nothing is left. */
  async endAll(endOf: (run: string) => Ended): Promise<void> {
    for (let idle = 0; idle < 5; idle += 1) {
      await new Promise(setImmediate);
      for (const [run, end] of this.ends) {
        end(endOf(run));
        idle = 0;
      }
    }
  }
}

const dates = daysBetween("2025-01-01", "2025-01-06").map((date) => known(date, "missing"));

test.each([1, 2, 3, 10])("oldest first, and never more than %d at once", async (most) => {
  const runs = new FakeRuns();
  const result = carryOut(plan(dates, ["missing"]), runs, most, new AbortController().signal, () => {});
  await runs.endAll(() => "SUCCEEDED");
  expect((await result).map(({ date, ended }) => [date, ended])).toEqual(dates.map(({ date }) => [date, "SUCCEEDED"]));
  expect(runs.started).toEqual(dates.map(({ date }) => date));
  expect(runs.most).toBe(Math.min(most, dates.length));
});

test("what was under way counts, and is waited for first", async () => {
  const runs = new FakeRuns();
  const planned = plan([...dates, known("2025-01-07", "running")], ["missing"]);
  const result = carryOut(planned, runs, 1, new AbortController().signal, () => {});
  await new Promise(setImmediate);
  expect([runs.started, [...runs.ends.keys()]]).toEqual([[], ["2025-01-07-cli-1"]]);
  await runs.endAll(() => "SUCCEEDED");
  expect(await result).toHaveLength(7);
  expect(runs.most).toBe(1);
});

test("one date's failure, and one that cannot be started, are not the others'", async () => {
  const runs = new FakeRuns();
  runs.start = async (date) => {
    if (date === "2025-01-02") throw new Error("Rate exceeded");
    return `${date}-backfill-1`;
  };
  const told: BackfilledDate[] = [];
  const result = carryOut(plan(dates, ["missing"]), runs, 2, new AbortController().signal, (date) => told.push(date));
  await runs.endAll((run) => (run.startsWith("2025-01-03") ? "FAILED" : "SUCCEEDED"));
  const ends = (await result).map(({ ended }) => ended);
  expect(ends).toEqual(["SUCCEEDED", "LOST", "FAILED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]);
  expect(told).toContainEqual(expect.objectContaining({ date: "2025-01-02", run: undefined, reason: "Rate exceeded" }));
  expect(told.filter(({ ended }) => ended === undefined)).toHaveLength(5);
});

test("told to stop, it starts nothing more and leaves to itself what it started", async () => {
  const runs = new FakeRuns();
  const stop = new AbortController();
  runs.end = (run) =>
    new Promise((resolve, reject) => {
      if (run.startsWith("2025-01-01")) return resolve({ ended: "SUCCEEDED", took: 1 });
      stop.signal.addEventListener("abort", () => reject(stop.signal.reason));
      return setImmediate(() => stop.abort());
    });
  const result = await carryOut(plan(dates, ["missing"]), runs, 1, stop.signal, () => {});
  expect(runs.started).toEqual(["2025-01-01", "2025-01-02"]);
  expect(result.map(({ run, ended }) => [run, ended]).slice(0, 3)).toEqual([
    ["2025-01-01-backfill-1", "SUCCEEDED"],
    ["2025-01-02-backfill-1", undefined],
    [undefined, undefined],
  ]);
});
