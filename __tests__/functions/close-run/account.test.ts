import type { GetJobRunCommand, GlueClient } from "@aws-sdk/client-glue";
import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { accountOf } from "../../../functions/close-run/account";
import { JobRuns } from "../../../functions/close-run/job-runs";
import { startedJobs } from "../../../functions/lib/started-jobs";
import { price } from "../../../prices";

/** Writes a history, a second an event. */
class History {
  readonly events: HistoryEvent[] = [];

  add(type: HistoryEvent["type"], more: Partial<HistoryEvent> = {}): number {
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId: id - 1, timestamp: at(id), type, ...more });
    return id;
  }

  enter(name: string, more: Partial<HistoryEvent> = {}): number {
    const type = name.startsWith("WaitFor") ? "WaitStateEntered" : "TaskStateEntered";
    return this.add(type, { ...more, stateEnteredEventDetails: { name } });
  }
}

const at = (second: number) => new Date(Date.UTC(2025, 0, 31, 0, 0, second));
const NOTHING = { jobs: [], queries: [], endedAt: at(100) };

test("a state that was entered is a transition, and so is each attempt after the first", () => {
  const history = new History();
  history.enter("AcquireLock");
  history.add("TaskScheduled");
  history.add("TaskFailed");
  history.add("TaskScheduled");
  history.add("TaskSucceeded");
  history.enter("RecordStart");
  history.add("TaskScheduled");
  history.add("TaskSucceeded");
  const { transitions, cost, steps } = accountOf(history.events, NOTHING);
  expect(transitions).toBe(3);
  // 25 dollars a million.
  expect(cost.transitions).toBe(0.000075);
  expect(steps).toMatchObject([{ step: "AcquireLock", attempts: 2 }]);
});

test("a crawl costs ten minutes of two DPUs at least, however often it is looked at", () => {
  const history = new History();
  for (const [start, looks] of [
    [1, 3],
    [50, 1],
  ] as const) {
    let last = history.enter("StartCrawler", { timestamp: at(start) });
    for (let look = 1; look <= looks; look += 1) {
      last = history.enter("WaitForCrawler", { previousEventId: last, timestamp: at(start + look) });
    }
  }
  const { crawls, cost } = accountOf(history.events, NOTHING);
  expect(crawls).toBe(2);
  // 2 crawls × 2 DPU × 1/6 h × 0.44
  expect(cost.crawlers).toBe(0.293333);
});

test("a long crawl costs what it takes", () => {
  const history = new History();
  const start = history.enter("StartCrawler", { timestamp: at(0) });
  history.enter("WaitForCrawler", { previousEventId: start, timestamp: at(0) });
  history.enter("WaitForCrawler", { previousEventId: start, timestamp: at(3_600) });
  expect(accountOf(history.events, NOTHING).cost.crawlers).toBe(0.88);
});

test("jobs cost their DPUs, a minute at least, and less where they could wait", () => {
  const job = { job: "review-etl", id: "jr_1" };
  const costOf = (dpuSeconds: number, seconds: number, flex = false) =>
    accountOf([], { ...NOTHING, jobs: [{ ...job, dpuSeconds, seconds, flex }] }).cost.jobs;
  expect(costOf(7_200, 3_600)).toBe(0.88);
  expect(costOf(7_200, 3_600, true)).toBe(0.58);
  // 2 DPU for 30 s are billed as 2 DPU for a minute.
  expect(costOf(60, 30)).toBe(0.014667);
  expect(costOf(0, 0)).toBe(0);
});

test("queries cost what they read, 10 MB each at least", () => {
  const costOf = (...queries: number[]) => accountOf([], { ...NOTHING, queries }).cost.queries;
  expect(costOf(1_000_000_000_000)).toBe(5);
  expect(costOf(1, 1)).toBe(0.0001);
  expect(price("athena.scanned").minimumBytes).toBe(10_000_000);
});

test("the job runs that an execution started, each attempt one; the name stands where the task was scheduled", () => {
  const history = new History();
  history.enter("EtlReviews");
  for (const id of ["jr_1", "jr_2"]) {
    history.add("TaskScheduled", {
      taskScheduledEventDetails: {
        resourceType: "glue",
        resource: "startJobRun.sync",
        region: "us-east-1",
        parameters: JSON.stringify({ JobName: "review-etl-test" }),
      },
    });
    history.add("TaskStarted");
    history.add("TaskSubmitted", {
      taskSubmittedEventDetails: { resourceType: "glue", resource: "startJobRun.sync", output: `{"JobRunId":"${id}"}` },
    });
  }
  expect(startedJobs(history.events)).toEqual([
    { job: "review-etl-test", id: "jr_1" },
    { job: "review-etl-test", id: "jr_2" },
  ]);
});

test.each([
  [{ ExecutionTime: 90, MaxCapacity: 4, DPUSeconds: 200 }, 200],
  // Without auto scaling Glue does not count.
  [{ ExecutionTime: 90, MaxCapacity: 4 }, 360],
])("of %j the job used %d DPU-seconds", async (JobRun, dpuSeconds) => {
  const asked: unknown[] = [];
  const client = {
    send: async (command: GetJobRunCommand) => {
      asked.push(command.input);
      return { JobRun };
    },
  };
  const usage = await new JobRuns(client as unknown as GlueClient).usage({ job: "review-etl", id: "jr_1" }); // only send is called
  expect(usage).toEqual({ job: "review-etl", id: "jr_1", seconds: 90, dpuSeconds, flex: false });
  expect(asked).toEqual([{ JobName: "review-etl", RunId: "jr_1" }]);
});
