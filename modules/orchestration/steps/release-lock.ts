import { jsonata } from "../asl";
import { ignoreFailure, type RunContext, type RunStates } from "../run-context";
import { freeLock } from "./locks";

/** The end of a run that went well. A lock that cannot be released falls free by itself, and undoes nothing. */
export function releaseLock(context: RunContext): RunStates {
  return {
    ReleaseLock: context.tasks.call("updateItem", freeLock(context, "date"), {
      catches: ignoreFailure("Succeeded"),
      next: "Succeeded",
    }),
    Succeeded: { Type: "Succeed", Output: jsonata("$summary.output") },
  };
}
