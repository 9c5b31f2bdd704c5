import type { TaskState } from "../asl";
import { jsonata } from "../asl";
import type { RunContext } from "../run-context";
import type { TaskOptions } from "../tasks";

/** Invokes `summarize-run` with what is known: what the run never came to is left out. */
export function summarize(
  { tasks, parts, settings }: RunContext,
  status: "SUCCEEDED" | "FAILED",
  options: TaskOptions,
): TaskState {
  const payload = jsonata(`$sift(
    {'run': $run, 'date': $date, 'processingTime': $processingTime, 'trigger': $trigger, 'status': '${status}',
     'files': $files, 'quality': $quality, 'tables': $tables, 'error': $failure},
    function($value) { $value != null })`);
  return tasks.invoke(parts.functions.summarizeRun, payload, settings.timeouts.summarizeRun, options);
}
