export { DailyTrigger } from "./daily-trigger";
export { buildDefinition } from "./definition";
export { EndedRuns, type EndedRunsProps } from "./ended-runs";
export { Orchestration } from "./orchestration";
export type * from "./orchestration-props";
export { RUN_EVENTS, RunBus, type RunBusProps } from "./run-bus";
export { RUNS_BY_STATE, RunLedger } from "./run-ledger";
export { FAILED_ALONE, RUN_STEP_NAMES, RUN_STEPS, type RunState, type RunStep, runStepOf } from "./run-steps";
export {
  DEFAULTS,
  type OrchestrationSettings,
  type Patience,
  type SettingsOverrides,
  settingsFrom,
  type Timeouts,
} from "./settings";
