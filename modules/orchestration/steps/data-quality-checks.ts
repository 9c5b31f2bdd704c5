import { jsonata } from "../asl";
import { failsRun, failure, type RunContext, type RunStates, runPayload, variable } from "../run-context";
import type { RunError } from "../run-steps";

/** Error of a run whose data did not pass. */
export const QUALITY_ERROR: RunError = "DataQualityFailed";

/** Step 4. Nothing is published unless the verdict says in so many words that it may be. */
export function dataQualityChecks({ tasks, parts, settings }: RunContext): RunStates {
  return {
    DataQualityChecks: tasks.invoke(
      parts.functions.dataQuality,
      {
        ...runPayload(),
        manifest: variable("manifest"),
        withFiles: variable("withFiles"),
        promote: variable("promote"),
      },
      settings.timeouts.dataQuality,
      {
        assign: { quality: jsonata("$states.result.Payload") },
        catches: failsRun("DataQualityChecks"),
        next: "QualityVerdict",
      },
    ),
    QualityVerdict: {
      Type: "Choice",
      Choices: [{ Condition: jsonata("$quality.verdict in ['pass', 'warn']"), Next: "RenewLock" }],
      Default: "RejectQuality",
    },
    RejectQuality: {
      Type: "Pass",
      Assign: failure(
        "DataQualityChecks",
        QUALITY_ERROR,
        jsonata(`$quality.verdict = 'fail'
          ? 'Checks failed: ' & $string($quality.failed) & '. Nothing was published; the report is ' & $quality.report & '.'
          : 'The verdict must be pass, warn or fail, and ' & ($exists($quality.verdict) ? 'is ' & $string($quality.verdict) : 'there is none')
            & '. Nothing was published.'`),
      ),
      Output: {},
      Next: "RecordFailure",
    },
  };
}
