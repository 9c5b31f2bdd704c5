import type { Dataset } from "../../contracts";
import type { RunStep } from "../../modules/orchestration/run-steps";
import type { Fault } from "./fault-plan";
import type { Lab, Observation } from "./lab";
import type { PlayedDataset } from "./tables";

/** What the published tables of a dataset may hold afterwards. */
export type TablesVerdict = "as before" | "complete" | "each whole";

export interface Expectation {
  readonly status: Observation["status"];
  /** The step that the failure is recorded at. */
  readonly step?: RunStep;
  /** What the error is. */
  readonly error?: RegExp;
  /** What the published tables hold: all alike, or those of each dataset. */
  readonly tables: TablesVerdict | Readonly<Partial<Record<Dataset, TablesVerdict>>>;
  /** Whether anybody can be told. @default true */
  readonly told?: boolean;
  /** What every message says, beside the error. */
  readonly says?: RegExp;
  /** Whether those who answer for the data are told as well. @default false */
  readonly alerted?: boolean;
  /** Whether the run ledger can have an entry that is true. @default true */
  readonly recorded?: boolean;
  /** Steps that have to be tried again. */
  readonly retried?: readonly RunStep[];
  /** Steps that must not be gone through. */
  readonly without?: readonly RunStep[];
}

/** What a scenario is played on. */
export interface Stage {
  readonly lab: Lab;
  readonly date: string;
  readonly run: string;
  readonly datasets: readonly PlayedDataset[];
  /** Whether the run is there already, and is gone on with. */
  readonly goesOn: boolean;
}

/** What was seen of a run that was played, and what else has been seen to go wrong. */
export interface Played {
  readonly seen: Observation;
  readonly problems: readonly string[];
}

/** Something that goes wrong in a run. */
export interface Scenario {
  /** `part/way`: what goes wrong, and how. */
  readonly name: string;
  /** The step or part that it is about, for the page. */
  readonly title: string;
  /** What goes wrong, for the table. */
  readonly what: string;
  readonly faults?: (stage: Stage) => readonly Fault[];
  /** Whether the faults are there before the files are, so that they strike the validation of the upload too. @default false */
  readonly beforeUpload?: boolean;
  readonly expect: Expectation;
  /** Plays it, where it is more than one run under faults. */
  readonly play?: (stage: Stage) => Promise<Played>;
}

/** A scenario of a part, named by its way alone. */
export type Way = Omit<Scenario, "title">;

/** What can go wrong with one part of a run. */
export interface Part {
  readonly name: string;
  readonly title: string;
  readonly ways: readonly Way[];
}

/** Scenarios of one date, one after another, followed by a plain rerun: where a run stops early, many cost little. */
export interface Group {
  readonly name: string;
  /** Whether files arrive before each scenario; a run without any goes from step 1 to 7. */
  readonly files: boolean;
  readonly datasets: readonly PlayedDataset[];
  /**
   * Whether the run that failed is gone on with under the next fault, instead of another being started: what it had done before is passed over, so
   * that faults after long steps cost little. @default false
   */
  readonly goesOn?: boolean;
  /** What the environment chose for a dataset that fails. @default "stop" */
  readonly onDatasetFailure?: "continue";
  readonly scenarios: readonly Scenario[];
}
