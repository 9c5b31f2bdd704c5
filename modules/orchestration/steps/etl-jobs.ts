import type { Dataset } from "../../../contracts";
import type { Branch, JsonObject } from "../asl";
import { jsonata, literal } from "../asl";
import { failsRun, type RunContext, type RunStates, variable } from "../run-context";

/** The arguments that a run gives to each of its jobs. */
export function jobArguments(): JsonObject {
  return {
    "--run": variable("run"),
    "--batch_date": variable("date"),
    "--processing_time": variable("processingTime"),
    "--manifest": variable("manifest"),
  };
}

/** Step 3. The job of every dataset that has files, side by side. */
export function etlJobs(context: RunContext): RunStates {
  return {
    EtlJobs: {
      Type: "Parallel",
      Branches: context.datasets.map((dataset) => branch(context, dataset)),
      Catch: failsRun("EtlJobs"),
      Output: {},
      Next: "DataQualityChecks",
    },
  };
}

function branch({ tasks, parts, settings }: RunContext, dataset: Dataset): Branch {
  const name = dataset.charAt(0).toUpperCase() + dataset.slice(1);
  const [has, run, skip] = [`Has${name}`, `Etl${name}`, `Skip${name}`];
  return {
    StartAt: has,
    States: {
      [has]: {
        Type: "Choice",
        Choices: [{ Condition: jsonata(`${literal(dataset)} in $withFiles`), Next: run }],
        Default: skip,
      },
      [run]: tasks.runJob(parts.datasets[dataset].job.name, jobArguments(), settings.timeouts.job, { end: true }),
      [skip]: { Type: "Pass", Output: {}, End: true },
    },
  };
}
