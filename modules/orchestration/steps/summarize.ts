import type { TaskState } from "../asl";
import { jsonata } from "../asl";
import type { RunContext } from "../run-context";
import type { TaskOptions } from "../tasks";

const PARTIAL_OR_NOT = "($count($failures) > 0 ? 'PARTIAL' : 'SUCCEEDED')";

/** Invokes `summarize-run` with what is known: what the run never came to is left out. */
export function summarize(
  { tasks, parts, settings, carriesOn }: RunContext,
  status: "SUCCEEDED" | "FAILED",
  options: TaskOptions,
): TaskState {
  const stated = status === "FAILED" ? "'FAILED'" : carriesOn ? PARTIAL_OR_NOT : "'SUCCEEDED'";
  const payload = jsonata(`$sift(
    {'run': $run, 'date': $date, 'processingTime': $processingTime, 'trigger': $trigger, 'status': ${stated},
     'files': $files, 'quality': $quality, 'tables': $tables, 'error': $failure${carriesOn ? ", 'failures': $failures" : ""}},
    function($value) { $value != null })`);
  return tasks.invoke(parts.functions.summarizeRun, payload, settings.timeouts.summarizeRun, options);
}
