import type { StateMachineDefinition } from "./asl";
import type { RunParts } from "./orchestration-props";
import { runContext } from "./run-context";
import type { OrchestrationSettings } from "./settings";
import {
  acquireLock,
  dataQualityChecks,
  endInFailure,
  etlJobs,
  mergeMasterData,
  readInput,
  redrive,
  refreshAthenaTables,
  releaseLock,
  runCrawlers,
  sendNotification,
  validateFiles,
} from "./steps";

/**
 * The state machine of a run.
 *
 * @example buildDefinition(parts, settingsFrom()).StartAt; // "ReadInput"
 */
export function buildDefinition(parts: RunParts, settings: OrchestrationSettings): StateMachineDefinition {
  const context = runContext(parts, settings);
  return {
    Comment: "The daily batch of one date, from the files that arrived to the published tables.",
    QueryLanguage: "JSONata",
    TimeoutSeconds: settings.timeouts.run,
    StartAt: "ReadInput",
    States: {
      ...readInput(context),
      ...acquireLock(context),
      ...redrive(context),
      ...validateFiles(context),
      ...runCrawlers(context),
      ...etlJobs(context),
      ...dataQualityChecks(context),
      ...mergeMasterData(context),
      ...refreshAthenaTables(context),
      ...sendNotification(context),
      ...releaseLock(context),
      ...endInFailure(context),
    },
  };
}
