import type { States } from "../asl";
import { jsonata } from "../asl";
import { failsRun, ignoreFailure, type RunContext } from "../run-context";
import type { RunState, RunStep } from "../run-steps";
import { type LockScope, lockKey, NOT_OURS, takeLockFrom } from "./locks";

/** The states of a take-over and where they lead. */
export interface TakeOver {
  readonly scope: LockScope;
  /** Seconds for which the lock is then held. */
  readonly lease: number;
  /** The step that the states belong to. */
  readonly step: RunStep;
  readonly states: {
    readonly read: RunState;
    readonly lookUp: RunState;
    readonly ended: RunState;
    readonly take: RunState;
  };
  /** Where it goes on with the lock, without it, and after an error that leaves in doubt who has it. */
  readonly next: RunState;
  readonly refused: RunState;
  readonly failed: RunState;
}

/**
 * What a run does that finds a lock held: it looks who holds it (`$holder`, `$until`), and takes the lock if that run is over
 * already. A run that was stopped or timed out never releases, and its lease is long.
 */
export function takeOver(context: RunContext, { scope, lease, step, states, next, refused, failed }: TakeOver): States {
  const { tasks, parts } = context;
  return {
    [states.read]: tasks.call(
      "getItem",
      { TableName: parts.runLedger.tableName, Key: lockKey(scope), ConsistentRead: true },
      {
        assign: {
          holder: jsonata("$states.result.Item.run.S"),
          until: jsonata("$fromMillis($number($states.result.Item.expires_at.N) * 1000)"),
        },
        // Not to know the holder is no reason to report anything but that there is one.
        catches: [
          {
            ErrorEquals: ["States.ALL"],
            Assign: { holder: "(not known, perhaps it has just ended)", until: "the end of its lease" },
            Output: {},
            Next: refused,
          },
        ],
        next: states.lookUp,
      },
    ),
    [states.lookUp]: tasks.call(
      "describeExecution",
      {
        ExecutionArn: jsonata(
          "$replace($states.context.StateMachine.Id, ':stateMachine:', ':execution:') & ':' & $holder",
        ),
      },
      {
        assign: { holderState: jsonata("$states.result.Status") },
        catches: ignoreFailure(refused),
        next: states.ended,
      },
    ),
    [states.ended]: {
      Type: "Choice",
      Choices: [
        { Condition: jsonata("$holderState in ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']"), Next: states.take },
      ],
      Default: refused,
    },
    [states.take]: tasks.call("updateItem", takeLockFrom(context, scope, jsonata("$holder"), lease), {
      catches: [{ ErrorEquals: [NOT_OURS], Output: {}, Next: refused }, ...failsRun(step, failed)],
      next,
    }),
  };
}
