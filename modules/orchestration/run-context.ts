import type { Dataset } from "../../contracts";
import type { Catcher, Json, States } from "./asl";
import { jsonata } from "./asl";
import type { RunParts } from "./orchestration-props";
import type { RunState, RunStep } from "./run-steps";
import type { OrchestrationSettings } from "./settings";
import { Tasks } from "./tasks";

/** What the steps are built from. */
export interface RunContext {
  readonly parts: RunParts;
  readonly settings: OrchestrationSettings;
  readonly tasks: Tasks;
  /** Whether a run goes on without a dataset that failed. */
  readonly carriesOn: boolean;
  /** The datasets, in the order of the contracts. */
  readonly datasets: readonly Dataset[];
}

export function runContext(parts: RunParts, settings: OrchestrationSettings): RunContext {
  // The keys of a Record<Dataset, …> are its datasets.
  const datasets = Object.keys(parts.datasets) as Dataset[];
  const carriesOn = parts.onDatasetFailure === "continue";
  return { parts, settings, datasets, carriesOn, tasks: new Tasks(settings) };
}

/** States of the outermost level; their names are those that the steps list. */
export type RunStates = States & { readonly [name in RunState]?: States[string] };

/**
 * The variables of a run. Once set they stay, so a state names what it needs instead of passing everything on.
 *
 * `files`, `quality`, `tables` and `failure` are null until their step has set them: asking for a variable that was never set
 * fails an execution. `failures` are those of single datasets: `{dataset, step, error, cause}` each.
 */
export const VARIABLES = {
  run: "$run",
  execution: "$execution",
  date: "$date",
  trigger: "$trigger",
  datasets: "$datasets",
  processingTime: "$processingTime",
  manifest: "$manifest",
  withFiles: "$withFiles",
  promote: "$promote",
  files: "$files",
  quality: "$quality",
  tables: "$tables",
  failure: "$failure",
  failures: "$failures",
  summary: "$summary",
  notice: "$notice",
} as const;

/** A variable as a value of its own. */
export function variable(name: keyof typeof VARIABLES): string {
  return jsonata(VARIABLES[name]);
}

/** What every function gets. */
export function runPayload(): { run: string; date: string; processingTime: string } {
  return { run: variable("run"), date: variable("date"), processingTime: variable("processingTime") };
}

/** An error, as the failure path keeps it. */
export function failure(step: RunStep, error: Json, cause: Json): { failure: Json } {
  return { failure: { step, error, cause } };
}

/** Whatever fails in a step ends on the one failure path. */
export function failsRun(step: RunStep, next: RunState = "RecordFailure"): Catcher[] {
  return [
    {
      ErrorEquals: ["States.ALL"],
      Assign: failure(
        step,
        jsonata("$states.errorOutput.Error"),
        // A timeout has no cause.
        jsonata("$exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : ''"),
      ),
      Output: {},
      Next: next,
    },
  ];
}

/** Whatever fails here is left at that: there is something more important to do next. */
export function ignoreFailure(next: RunState): Catcher[] {
  return [{ ErrorEquals: ["States.ALL"], Output: {}, Next: next }];
}
