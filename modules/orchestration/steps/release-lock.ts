import { jsonata } from "../asl";
import { ignoreFailure, type RunContext, type RunStates } from "../run-context";
import { freeLock } from "./locks";

/** Step Functions knows no end between good and bad: the name of the last state, and the output, tell this one. */
const PARTIAL_OR_NOT: RunStates = {
  RunOutcome: {
    Type: "Choice",
    Choices: [{ Condition: jsonata("$count($failures) > 0"), Next: "Partial" }],
    Default: "Succeeded",
  },
  Partial: { Type: "Succeed", Output: jsonata("$summary.output") },
};

/** The end of a run that went well. A lock that cannot be released falls free by itself, and undoes nothing. */
export function releaseLock(context: RunContext): RunStates {
  const next = context.carriesOn ? "RunOutcome" : "Succeeded";
  return {
    ReleaseLock: context.tasks.call("updateItem", freeLock(context, "date"), { catches: ignoreFailure(next), next }),
    ...(context.carriesOn ? PARTIAL_OR_NOT : {}),
    Succeeded: { Type: "Succeed", Output: jsonata("$summary.output") },
  };
}
