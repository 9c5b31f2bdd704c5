import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { lineText } from "../../../cli/commands/logs";
import { logSources } from "../../../cli/lib/log-sources";
import { names as namesOf } from "../../../modules/lib/naming";
import { RUN_STEP_NAMES } from "../../../modules/orchestration";

const names = namesOf({ name: "test", account: "123456789012" });

const started = (id: number, job: string): HistoryEvent => ({
  id,
  timestamp: new Date(0),
  type: "TaskSubmitted",
  taskSubmittedEventDetails: {
    resourceType: "glue",
    resource: "startJobRun.sync",
    output: JSON.stringify({ JobName: job, JobRunId: `jr_${id}` }),
  },
});
const HISTORY = [started(1, "review-etl-test"), started(2, "review-etl-test"), started(3, "master-data-merge-test")];

test("a step's jobs wrote where its own runs of them did, each attempt to a stream of its own", () => {
  expect(logSources(names, HISTORY, ["EtlJobs"], ["output"])).toEqual([
    { of: "review-etl-test", group: "/aws-glue/jobs/review-etl-test/output", stream: "jr_1" },
    { of: "review-etl-test", group: "/aws-glue/jobs/review-etl-test/output", stream: "jr_2" },
  ]);
  expect(logSources(names, HISTORY, ["MergeMasterData"], ["output", "error"]).map(({ group }) => group)).toEqual([
    "/aws-glue/jobs/master-data-merge-test/output",
    "/aws-glue/jobs/master-data-merge-test/error",
  ]);
});

test("a step's functions wrote among others; the lock has no log", () => {
  expect(logSources(names, HISTORY, ["ValidateFiles"], ["output"])).toEqual([
    { of: "validate-file", group: "/aws/lambda/commerce-lake-validate-file-test" },
    { of: "build-manifest", group: "/aws/lambda/commerce-lake-build-manifest-test" },
  ]);
  expect(logSources(names, HISTORY, ["AcquireLock", "ReleaseLock"], ["output"])).toEqual([]);
});

test("every step together: functions, crawlers, jobs", () => {
  const all = logSources(names, HISTORY, RUN_STEP_NAMES, ["output"]);
  expect(all.map(({ of }) => of)).toEqual([
    "validate-file",
    "build-manifest",
    "data-quality",
    "refresh-tables",
    "summarize-run",
    "close-run",
    "raw-transactions-test",
    "raw-products-test",
    "raw-clickstream-test",
    "raw-reviews-test",
    "review-etl-test",
    "review-etl-test",
    "master-data-merge-test",
  ]);
});

test.each([
  ['{"level":"info","message":"done","run":"r","rows":{"in":3}}', 'info    done rows={"in":3}'],
  [
    '{"level":"error","message":"run failed","function":"summarize-run","reason":"no rights"}',
    "error   run failed reason=no rights",
  ],
  ["Traceback (most recent call last):\u001b[31m", "Traceback (most recent call last):?[31m"],
  ["{not json", "{not json"],
])("the line %j is shown as people read it", (message, shown) => {
  expect(lineText({ time: new Date("2025-01-31T03:04:05.678Z"), source: "a", message }, 3)).toBe(
    `  03:04:05.678  a    ${shown}`,
  );
});
