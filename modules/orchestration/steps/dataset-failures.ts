import type { Dataset } from "../../../contracts";
import { type Branch, type JsonObject, jsonata } from "../asl";
import type { RunContext, RunStates } from "../run-context";
import { FAILED_ALONE, type RunState, type RunStep } from "../run-steps";

/** Characters of a cause that a run keeps of each dataset that failed. */
const MAX_CAUSE = 1_000;

/** One dataset's part of a step, and what it is called where it may fail alone. */
export interface DatasetPart {
  readonly step: RunStep;
  /** A dataset, or an expression of the part's input that gives one. */
  readonly dataset: Dataset | `{% ${string} %}`;
  /** Name of the state that holds the part. */
  readonly name: string;
  readonly branch: Branch;
}

/**
 * Keeps one dataset's failure to itself, where the environment wants it so: the part ends well, and its result says what failed.
 * Elsewhere the part stays as it is, and what fails in it fails the step at once.
 */
export function onItsOwn({ carriesOn }: RunContext, { step, dataset, name, branch }: DatasetPart): Branch {
  if (!carriesOn) return branch;
  return {
    StartAt: name,
    States: {
      [name]: {
        Type: "Parallel",
        Branches: [branch],
        Catch: [
          {
            ErrorEquals: ["States.ALL"],
            Output: {
              dataset,
              step,
              error: jsonata("$states.errorOutput.Error"),
              cause: jsonata(
                `$exists($states.errorOutput.Cause) ? $substring($states.errorOutput.Cause, 0, ${MAX_CAUSE}) : ''`,
              ),
            },
            Next: `${name}${FAILED_ALONE}`,
          },
        ],
        Output: {},
        End: true,
      },
      [`${name}${FAILED_ALONE}`]: {
        Type: "Pass",
        Comment: "Its input is what failed, and goes on as the part's result.",
        End: true,
      },
    },
  };
}

/** How a step whose datasets may fail alone goes on: without those that did. Its parts' results are an array. */
export function afterDatasets(
  { carriesOn }: RunContext,
  { outcome, next }: { readonly outcome: RunState; readonly next: RunState },
): { readonly state: { readonly Next: RunState; readonly Assign?: JsonObject }; readonly states: RunStates } {
  if (!carriesOn) return { state: { Next: next }, states: {} };
  return {
    state: {
      Assign: {
        failures: jsonata("[$failures, $states.result[$exists(error)]]"),
        withFiles: jsonata("[$withFiles[$not($ in $states.result.dataset)]]"),
      },
      Next: outcome,
    },
    states: {
      [outcome]: {
        Type: "Choice",
        Choices: [{ Condition: jsonata("$count($withFiles) > 0"), Next: next }],
        Default: "RejectDatasets",
      },
    },
  };
}

/** What a run does of which every dataset failed: it fails, as the last of them did. */
export function rejectDatasets({ carriesOn }: RunContext): RunStates {
  if (!carriesOn) return {};
  return {
    RejectDatasets: {
      Type: "Pass",
      Assign: {
        failure: {
          step: jsonata("$failures[-1].step"),
          error: jsonata("$failures[-1].error"),
          cause: jsonata(
            "'Every dataset failed. ' & $join($failures.(dataset & ' with ' & error & ': ' & cause), ' ')",
          ),
        },
      },
      Output: {},
      Next: "RecordFailure",
    },
  };
}
