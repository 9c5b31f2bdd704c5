import type { JsonObject } from "../asl";
import { jsonata } from "../asl";
import type { RunContext } from "../run-context";

/** What the owner of a lock has to itself: a date, or the right to publish. */
export type LockScope = "date" | "publish";

const KEYS = {
  date: { pk: { S: jsonata("'LOCK#' & $date") }, sk: { S: "LOCK" } },
  publish: { pk: { S: "LOCK#PUBLISH" }, sk: { S: "LOCK" } },
} as const satisfies Record<LockScope, JsonObject>;

/** The error of a condition that does not hold: the lock is another's. */
export const NOT_OURS = "DynamoDB.ConditionalCheckFailedException";

export function lockKey(scope: LockScope): JsonObject {
  return KEYS[scope];
}

const NAMES = { "#run": "run", "#expires": "expires_at", "#acquired": "acquired_at" } as const;
const NOW = jsonata("$string($floor($millis() / 1000))");

/** Makes a lock this run's for `lease` seconds, if the condition holds. */
function take(context: RunContext, scope: LockScope, lease: number, condition: string, values: JsonObject): JsonObject {
  return {
    TableName: context.parts.runLedger.tableName,
    Key: KEYS[scope],
    UpdateExpression: "SET #run = :run, #expires = :expires, #acquired = :acquired",
    ConditionExpression: condition,
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: {
      ":run": { S: jsonata("$execution") },
      ":expires": { N: jsonata(`$string($floor($millis() / 1000) + ${lease})`) },
      ":acquired": { S: jsonata("$states.context.State.EnteredTime") },
      ...values,
    },
  };
}

/**
 * Takes a lock that is free, expired, or this execution's already (a call that was repeated). It bears the execution's name, by which others look
 * up whether its holder is over; that is the run's name, but for a run that is redriven.
 *
 * @param lease seconds until the lock falls free by itself.
 */
export function takeLock(context: RunContext, scope: LockScope, lease: number): JsonObject {
  const condition = "attribute_not_exists(#run) OR #run = :run OR #expires < :now";
  return take(context, scope, lease, condition, { ":now": { N: NOW } });
}

/** Takes a lock from a run that is known to be over, unless it has changed hands meanwhile. */
export function takeLockFrom(context: RunContext, scope: LockScope, holder: string, lease: number): JsonObject {
  return take(context, scope, lease, "#run = :holder", { ":holder": { S: holder } });
}

/** Frees a lock if it is this run's, and only then: its lease may have passed to another. */
export function freeLock({ parts }: RunContext, scope: LockScope): JsonObject {
  return {
    TableName: parts.runLedger.tableName,
    Key: KEYS[scope],
    UpdateExpression: "REMOVE #run, #expires, #acquired",
    ConditionExpression: "#run = :run",
    ExpressionAttributeNames: NAMES,
    ExpressionAttributeValues: { ":run": { S: jsonata("$execution") } },
  };
}
