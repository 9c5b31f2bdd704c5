import { DATASETS } from "../../../contracts";
import { buildDefinition, FAILED_ALONE, RUN_STEPS, runStepOf, settingsFrom } from "../../../modules/orchestration";
import type { MapState, ParallelState, State, States as StateMap, TaskState } from "../../../modules/orchestration/asl";
import { walk } from "../../../modules/orchestration/permissions";
import { ends, reachable } from "./graph";
import { PARTS } from "./parts";

const definition = buildDefinition(PARTS, settingsFrom());
const { States } = definition;
/** Of an environment that goes on without a dataset that failed. */
const carriesOn = buildDefinition({ ...PARTS, onDatasetFailure: "continue" }, settingsFrom());

const RELEASES = ["ReleaseLock", "ReleaseLockAfterFailure"];
const PUBLISH_RELEASES = ["ReleasePublishLock", "ReleasePublishLockAfterFailure"];

/** Those that do work: they can fail, and must say what then. */
function isWork(state: State): state is TaskState | MapState | ParallelState {
  return ["Task", "Map", "Parallel"].includes(state.Type);
}

function innerMachines(state: State): StateMap[] {
  if (state.Type === "Map") return [state.ItemProcessor.States];
  return state.Type === "Parallel" ? state.Branches.map((branch) => branch.States) : [];
}

const tasks = [...walk(States)].filter((state) => state.Type === "Task");
const outermost = Object.entries(States);

const OF_PARTIAL_RUNS = ["CrawlOutcome", "EtlOutcome", "RejectDatasets", "RunOutcome", "Partial"];

test("the steps list exactly the states that there are", () => {
  expect(Object.values(RUN_STEPS).flat().sort()).toEqual(Object.keys(carriesOn.States).sort());
  expect([...Object.keys(States), ...OF_PARTIAL_RUNS].sort()).toEqual(Object.keys(carriesOn.States).sort());
  expect(runStepOf("BuildManifest")).toBe("ValidateFiles");
  expect(runStepOf("EtlTransactions")).toBeUndefined();
});

test.each([
  ["stops", States],
  ["carries on", carriesOn.States],
])("every state of one that %s has a name of its own, at whatever depth", (_, states) => {
  const names = (all: StateMap): string[] =>
    Object.entries(all).flatMap(([name, state]) => [name, ...innerMachines(state).flatMap(names)]);
  expect(new Set(names(states)).size).toBe(names(states).length);
});

test.each([
  ["stops", States],
  ["carries on", carriesOn.States],
])("every transition of one that %s leads to a state, and every state can be reached", (_, states) => {
  expect([...reachable(states, definition.StartAt)].sort()).toEqual(Object.keys(states).sort());
});

test("every task gives up after a while", () => {
  expect(tasks.length).toBeGreaterThan(20);
  for (const task of tasks) {
    expect(task.TimeoutSeconds).toBeGreaterThan(0);
    expect(task.TimeoutSeconds).toBeLessThan(definition.TimeoutSeconds);
  }
});

/** Errors of our own functions that pass by themselves: functions/README.md names them. */
const PASSING = ["FileBusy", "ClaimLost", "ValidationInterrupted"];

test("every task retries what is transient, patiently, and nothing else", () => {
  for (const { Retry } of tasks) {
    expect(Retry.length).toBeGreaterThan(0);
    for (const retrier of Retry) {
      for (const error of retrier.ErrorEquals.filter((name) => !PASSING.includes(name)))
        expect(error).toMatch(/^(Lambda|DynamoDB|Glue|S3|SNS|Sfn)\.\w+Exception$/);
      if (retrier.BackoffRate === 1) {
        expect([["Glue.CrawlerRunningException"], ["FileBusy", "ClaimLost"]]).toContainEqual(retrier.ErrorEquals);
      } else {
        expect(retrier).toMatchObject({ BackoffRate: 2, JitterStrategy: "FULL" });
        expect(retrier.MaxDelaySeconds).toBeGreaterThan(retrier.IntervalSeconds);
      }
    }
  }
});

test("whatever fails is caught, in the last place whatever it is", () => {
  for (const [name, state] of outermost) {
    if (!isWork(state)) continue;
    expect({ name, last: state.Catch?.at(-1)?.ErrorEquals }).toEqual({ name, last: ["States.ALL"] });
    // A catcher cannot lead out of a Map or Parallel: what fails inside is caught outside.
    for (const inner of innerMachines(state).flatMap((machine) => [...walk(machine)])) {
      expect(inner).not.toHaveProperty("Catch");
    }
  }
});

test("where a run carries on, each dataset's part of a step keeps its failure to itself, and says what it is", () => {
  const parts = ["RunCrawlers", "EtlJobs"].flatMap((step) => {
    const state = carriesOn.States[step];
    return state === undefined ? [] : innerMachines(state).map((machine) => ({ step, machine }));
  });
  expect(parts).toHaveLength(1 + DATASETS.length); // one for the crawl of any, one for the job of each
  for (const { step, machine } of parts) {
    const [[name, part], [failedName, failed]] = Object.entries(machine) as [[string, State], [string, State]];
    expect(failedName).toBe(`${name}${FAILED_ALONE}`);
    expect(part).toMatchObject({
      Type: "Parallel",
      Catch: [{ ErrorEquals: ["States.ALL"], Output: { step }, Next: failedName }],
      Output: {},
      End: true,
    });
    expect(failed).toMatchObject({ Type: "Pass", End: true });
    expect(failed).not.toHaveProperty("Output");
  }
});

test("where a run carries on, nothing that failed is published: what is left is what the next steps get", () => {
  for (const [step, outcome] of [
    ["RunCrawlers", "CrawlOutcome"],
    ["EtlJobs", "EtlOutcome"],
  ] as const) {
    expect(carriesOn.States[step]).toMatchObject({
      Assign: {
        failures: "{% [$failures, $states.result[$exists(error)]] %}",
        withFiles: "{% [$withFiles[$not($ in $states.result.dataset)]] %}",
      },
      Next: outcome,
    });
    expect(reachable(carriesOn.States, step, [outcome])).not.toContain("DataQualityChecks");
    expect(carriesOn.States[outcome]).toMatchObject({ Default: "RejectDatasets" });
  }
});

test("every failure of a step is recorded as that step's", () => {
  const recorded = outermost.flatMap(([name, state]) =>
    "Catch" in state
      ? (state.Catch ?? []).flatMap(({ Assign }) =>
          Assign?.failure === undefined ? [] : [{ name, failure: Assign.failure }],
        )
      : [],
  );
  expect(recorded.length).toBeGreaterThan(10);
  for (const { name, failure } of recorded) expect(failure).toMatchObject({ step: runStepOf(name) });
});

test("no payload grows from state to state", () => {
  for (const state of walk(States)) {
    if (isWork(state)) expect(state.Output).toEqual({});
  }
});

test("once the lock may be held, no end is reached without releasing it", () => {
  for (const holds of ["RecordStart", "IsRedrive", "TakeOverLock"]) {
    expect(ends(States, reachable(States, holds, [...RELEASES, "RunInProgress"]))).toEqual([]);
  }
  // AcquireLock itself, where its answer got lost.
  expect(ends(States, reachable(States, "AcquireLock", RELEASES))).toEqual(["RunInProgress"]);
});

test("a run that cannot be redriven is left as it is, and its date is freed", () => {
  expect([...reachable(States, "RejectRedrive")].sort()).toEqual([
    "Failed",
    "RejectRedrive",
    "ReleaseLockAfterFailure",
  ]);
});

test("whatever it goes on with, a run that is redriven publishes by way of the data quality checks", () => {
  expect(reachable(States, "ReadManifest", ["DataQualityChecks"])).not.toContain("MergeMasterData");
});

test("a run that is refused leaves everything as it is", () => {
  expect(ends(States, reachable(States, "ReadInput", ["AcquireLock"]))).toEqual(["InvalidInput"]);
  expect([...reachable(States, "ReadLockHolder", ["TakeOverLock"])].sort()).toEqual(
    ["HolderEnded", "LookUpHolder", "ReadLockHolder", "RunInProgress"].sort(),
  );
});

test("once the right to publish may be held, no end is reached without giving it back", () => {
  for (const holds of ["MergeMasterData", "RefreshAthenaTables"]) {
    expect(ends(States, reachable(States, holds, PUBLISH_RELEASES))).toEqual([]);
  }
});

test("nothing is published but by way of the quality verdict and both locks", () => {
  for (const gate of ["QualityVerdict", "RenewLock"]) {
    expect(reachable(States, "ReadInput", [gate])).not.toContain("MergeMasterData");
  }
  expect(reachable(States, "ReadInput", ["AcquirePublishLock"])).not.toContain("MergeMasterData");
});

test("the failure path goes one way", () => {
  expect([...reachable(States, "RecordFailure")].sort()).toEqual(
    [
      "Failed",
      "NeedsQualityAlert",
      "RecordFailure",
      "RecordUntold",
      "ReleaseLockAfterFailure",
      "SendFailureNotification",
      "SendQualityAlert",
      "SummarizeFailure",
    ].sort(),
  );
});

test("the definition fits into what Step Functions takes", () => {
  // 1 MB; https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  expect(Buffer.byteLength(JSON.stringify(definition))).toBeLessThan(100_000);
});
