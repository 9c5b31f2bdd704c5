import type { Json, JsonObject } from "./json";

/**
 * The part of the Amazon States Language that this project uses, for `QueryLanguage: JSONata`.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
 */

/** Where a state goes when it is done. */
export type Transition = { readonly Next: string } | { readonly End: true };

/** Fields that every state that is not terminal may have. */
interface Common {
  readonly Comment?: string;
  /** Variables set when the state is done. */
  readonly Assign?: JsonObject;
  /** Input of the next state. */
  readonly Output?: Json;
}

/** What is tried again, and how patiently. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  /** Seconds before the first retry. */
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  /** Seconds that no wait exceeds; needed where the waits grow. */
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy: "FULL" | "NONE";
}

/** What happens to an error that no retry mended. */
export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Assign?: JsonObject;
  readonly Output?: Json;
  readonly Next: string;
}

export type TaskState = Common & {
  readonly Type: "Task";
  readonly Resource: string;
  readonly Arguments: JsonObject;
  readonly TimeoutSeconds: number;
  readonly Retry: readonly Retrier[];
  /** Left out inside a Map or Parallel, whose own catchers see what fails inside. */
  readonly Catch?: readonly Catcher[];
} & Transition;

export type PassState = Common & { readonly Type: "Pass" } & Transition;

export type WaitState = Common & { readonly Type: "Wait"; readonly Seconds: number } & Transition;

export interface ChoiceRule {
  readonly Condition: string;
  readonly Assign?: JsonObject;
  readonly Output?: Json;
  readonly Next: string;
}

export type ChoiceState = Common & {
  readonly Type: "Choice";
  readonly Choices: readonly ChoiceRule[];
  readonly Default: string;
};

export type SucceedState = { readonly Type: "Succeed"; readonly Comment?: string; readonly Output?: Json };

export type FailState = {
  readonly Type: "Fail";
  readonly Comment?: string;
  readonly Error: string;
  readonly Cause: string;
};

/** A machine inside a machine: the branch of a Parallel. */
export interface Branch {
  readonly Comment?: string;
  readonly StartAt: string;
  readonly States: States;
}

export type ParallelState = Common & {
  readonly Type: "Parallel";
  readonly Branches: readonly Branch[];
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
} & Transition;

/** What a Map does with each item. */
export type ItemProcessor = Branch & {
  readonly ProcessorConfig:
    | { readonly Mode: "INLINE" }
    | { readonly Mode: "DISTRIBUTED"; readonly ExecutionType: "STANDARD" | "EXPRESS" };
};

export type MapState = Common & {
  readonly Type: "Map";
  readonly Items?: string;
  readonly ItemReader?: { readonly Resource: string; readonly Arguments: JsonObject };
  readonly ItemSelector?: JsonObject;
  /** Of a distributed Map: a child gets `{BatchInput, Items}`. */
  readonly ItemBatcher?: {
    readonly MaxItemsPerBatch: number;
    /** At most 262,144. */
    readonly MaxInputBytesPerBatch: number;
    readonly BatchInput: JsonObject;
  };
  readonly ItemProcessor: ItemProcessor;
  readonly MaxConcurrency: number;
  /** Names the child executions of a distributed Map. */
  readonly Label?: string;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
} & Transition;

export type State =
  | TaskState
  | PassState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** States by their names, which are unique in the whole machine. */
export type States = { readonly [name: string]: State };

/** A state machine. */
export interface StateMachineDefinition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  /** Seconds after which the execution ends, whatever it does. */
  readonly TimeoutSeconds: number;
  readonly StartAt: string;
  readonly States: States;
}
