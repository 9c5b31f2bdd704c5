import type { Dataset } from "../../../contracts";
import type { Branch, JsonObject } from "../asl";
import { jsonata, literal } from "../asl";
import { failsRun, type RunContext, type RunStates, variable } from "../run-context";
import { afterDatasets, onItsOwn, rejectDatasets } from "./dataset-failures";

/** The arguments that a run gives to each of its jobs. */
export function jobArguments(): JsonObject {
  return {
    "--run": variable("run"),
    "--batch_date": variable("date"),
    "--processing_time": variable("processingTime"),
    "--manifest": variable("manifest"),
  };
}

/** Error of a job that ended otherwise than by succeeding or failing: Step Functions takes a run that was stopped for done. */
export const JOB_STOPPED = "JobStopped";

/** Says which run of a job was stopped. */
export function jobStopped(job: string, run: string, state: string): string {
  return jsonata(`${literal(`The run of ${job} named `)} & ${run} & ' ended as ' & ${state} & '.'`);
}

/** Step 3. The job of every dataset that has files, side by side. The first that fails ends the others, or else those go on without it. */
export function etlJobs(context: RunContext): RunStates {
  const { state, states } = afterDatasets(context, { outcome: "EtlOutcome", next: "DataQualityChecks" });
  return {
    EtlJobs: {
      Type: "Parallel",
      Branches: context.datasets.map((dataset) => branch(context, dataset)),
      Catch: failsRun("EtlJobs"),
      Output: {},
      ...state,
    },
    ...states,
    ...rejectDatasets(context),
  };
}

function branch(context: RunContext, dataset: Dataset): Branch {
  const { tasks, parts, settings } = context;
  const name = dataset.charAt(0).toUpperCase() + dataset.slice(1);
  const [has, run, ended, stopped, done] = [
    `Has${name}`,
    `Etl${name}`,
    `${name}Ended`,
    `${name}Stopped`,
    `${name}Done`,
  ];
  const job = parts.datasets[dataset].job.name;
  const work: Branch = {
    StartAt: has,
    States: {
      [has]: {
        Type: "Choice",
        Choices: [
          { Condition: jsonata(`${literal(dataset)} in $withFiles and $not(${literal(dataset)} in $done)`), Next: run },
        ],
        Default: done,
      },
      [run]: tasks.runJob(job, jobArguments(), settings.timeouts.job, {
        assign: { jobRun: jsonata("$states.result.Id"), jobState: jsonata("$states.result.JobRunState") },
        next: ended,
      }),
      [ended]: {
        Type: "Choice",
        Choices: [{ Condition: jsonata("$jobState = 'SUCCEEDED'"), Next: done }],
        Default: stopped,
      },
      [stopped]: { Type: "Fail", Error: JOB_STOPPED, Cause: jobStopped(job, "$jobRun", "$jobState") },
      [done]: { Type: "Pass", Output: {}, End: true },
    },
  };
  return onItsOwn(context, {
    step: "EtlJobs",
    dataset,
    name,
    branch: work,
  });
}
