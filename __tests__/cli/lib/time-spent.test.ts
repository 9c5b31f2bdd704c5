import type { HistoryEventType } from "@aws-sdk/client-sfn";
import { timeSpent } from "../../../cli/lib/time-spent";

const history = (...events: readonly (readonly [second: number, type: HistoryEventType])[]) =>
  events.map(([second, type], id) => ({ id, type, timestamp: new Date(second * 1000) }));

test("time is that of work, of waits, or of orchestration alone", () => {
  const events = history(
    [0, "ExecutionStarted"],
    [2, "TaskScheduled"],
    [3, "TaskScheduled"],
    [5, "TaskSucceeded"],
    [9, "TaskFailed"],
    [10, "WaitStateEntered"],
    [14, "WaitStateExited"],
    [15, "TaskScheduled"],
    [16, "TaskTimedOut"],
    [17, "ExecutionSucceeded"],
  );
  expect(timeSpent(events)).toEqual({ total: 17, work: 8, waits: 4, orchestration: 5 });
});

test("what is validated in child executions is work; a wait beside work is none", () => {
  const events = history(
    [0, "ExecutionStarted"],
    [1, "MapRunStarted"],
    [2, "WaitStateEntered"],
    [5, "MapRunSucceeded"],
    [8, "WaitStateExited"],
    [9, "ExecutionSucceeded"],
  );
  expect(timeSpent(events)).toEqual({ total: 9, work: 4, waits: 3, orchestration: 2 });
});

test("of a history without events nothing is known", () => {
  expect(timeSpent([])).toEqual({ total: 0, work: 0, waits: 0, orchestration: 0 });
});
