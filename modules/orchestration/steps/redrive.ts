import { jsonata } from "../asl";
import { failsRun, failure, type RunContext, type RunStates, runPayload, variable } from "../run-context";
import { RUN_STEP_NAMES } from "../run-steps";

/** How runs end that can be redriven. */
const REDRIVABLE = ["FAILED", "TIMED_OUT", "ABORTED"] as const;

/** Steps that go on with files that are known: before them, there is nothing to go on with. */
const AFTER_VALIDATION = RUN_STEP_NAMES.slice(RUN_STEP_NAMES.indexOf("RunCrawlers"));

/**
 * Goes on with a run that came to no good end, under its own name and from the step where it failed: what lies in the lake for it, its manifest, the
 * reports of its jobs and their branches, is taken for done. Step Functions' own redrive would enter the last state again, which says that the run
 * failed.
 *
 * Nothing is published but by way of the data quality checks, whatever they said before.
 */
export function redrive(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  const item = "$states.result.Item";
  const entered = (field: string) => jsonata(`$exists(${item}.${field}.S) ? ${item}.${field}.S : null`);
  return {
    IsRedrive: {
      Type: "Choice",
      Choices: [{ Condition: jsonata("$redrives"), Next: "ReadRun" }],
      Default: "RecordStart",
    },
    ReadRun: tasks.call(
      "getItem",
      {
        TableName: parts.runLedger.tableName,
        Key: { pk: { S: jsonata("'DATE#' & $date") }, sk: { S: jsonata("'RUN#' & $run") } },
        ConsistentRead: true,
      },
      {
        assign: {
          processingTime: entered("started_at"),
          trigger: jsonata(`$exists(${item}.trigger.S) ? ${item}.trigger.S : $trigger`),
          from: entered("failed_step"),
          endedAs: jsonata(`$exists(${item}.state.S) ? ${item}.state.S : 'not known'`),
        },
        catches: failsRun("AcquireLock", "ReleaseLockAfterFailure"),
        next: "Redrivable",
      },
    ),
    Redrivable: {
      Type: "Choice",
      Choices: [
        {
          Condition: jsonata(`$endedAs in ${JSON.stringify(REDRIVABLE)} and $processingTime != null`),
          Next: "RecordStart",
        },
      ],
      Default: "RejectRedrive",
    },
    RejectRedrive: {
      Type: "Pass",
      Assign: failure(
        "AcquireLock",
        "NotRedrivable",
        jsonata(`'A run that has failed, was stopped or ran out of time can be redriven; run ' & $run & ' of ' & $date & ' is ' & $endedAs
          & '. Nothing was done.'`),
      ),
      Output: {},
      // The record is that of the run as it was.
      Next: "ReleaseLockAfterFailure",
    },
    WhereFrom: {
      Type: "Choice",
      Choices: [
        {
          Condition: jsonata(`$redrives and $from in ${JSON.stringify(AFTER_VALIDATION)}`),
          Next: "ReadManifest",
        },
      ],
      Default: "ValidateFiles",
    },
    ReadManifest: tasks.invoke(
      parts.functions.buildManifest,
      { ...runPayload(), datasets: variable("datasets"), resume: true },
      settings.timeouts.buildManifest,
      {
        assign: {
          manifest: jsonata("$states.result.Payload.manifest"),
          withFiles: jsonata("$states.result.Payload.withFiles"),
          files: jsonata("$states.result.Payload.datasets"),
          done: jsonata("$states.result.Payload.done"),
        },
        catches: failsRun("ValidateFiles"),
        next: "ResumeAt",
      },
    ),
    ResumeAt: {
      Type: "Choice",
      Choices: [
        {
          Condition: jsonata("$count($withFiles) = 0 or $from in ['SendNotification', 'ReleaseLock']"),
          Next: "SummarizeRun",
        },
        { Condition: jsonata("$from = 'RunCrawlers'"), Next: "RunCrawlers" },
      ],
      // Jobs that are done are passed over.
      Default: "EtlJobs",
    },
  };
}
