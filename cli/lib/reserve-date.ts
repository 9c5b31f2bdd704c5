import { ConditionalCheckFailedException, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { toAttributes } from "../../functions/lib/dynamo";
import type { Lake } from "./lake";

/** Seconds for which a date is kept; renewed long before, so that a command that was killed does not keep it for long. */
const LEASE_SECONDS = 300;
const RENEW_MS = 60_000;

const KEY = (date: string) => toAttributes({ pk: `LOCK#${date}`, sk: "LOCK" });
const NAMES = { "#run": "run", "#expires": "expires_at", "#acquired": "acquired_at" };

/**
 * Does some work while the date's lock is kept for a run that is to be started then, under the very name that the run will have: so
 * what is uploaded meanwhile starts no run of its own. The state machine takes a lock for its own that bears its name.
 *
 * A date that another run holds is left to it; the state machine will say so.
 *
 * @param run name of the execution to be started
 * @returns what the work returns; where the work fails, the date is given back
 */
export async function withDateReserved<T>(lake: Lake, date: string, run: string, work: () => Promise<T>): Promise<T> {
  if (!(await take(lake, date, run))) return work();
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // One that fails is followed by others before the lease is over.
    renewal = take(lake, date, run).catch(() => false);
  }, RENEW_MS);
  const stop = async () => {
    clearInterval(timer);
    await renewal;
  };
  try {
    const result = await work();
    // Before the run starts: a renewal would cut its lease short.
    await stop();
    return result;
  } catch (error) {
    await stop();
    await giveBack(lake, date, run).catch(() => {});
    throw error;
  }
}

async function take({ dynamo, names }: Lake, date: string, run: string): Promise<boolean> {
  const now = Math.floor(Date.now() / 1000);
  return conditionally(() =>
    dynamo.send(
      new UpdateItemCommand({
        TableName: names.runLedger,
        Key: KEY(date),
        UpdateExpression: "SET #run = :run, #expires = :expires, #acquired = :acquired",
        ConditionExpression: "attribute_not_exists(#run) OR #run = :run OR #expires < :now",
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: toAttributes({
          ":run": run,
          ":expires": now + LEASE_SECONDS,
          ":acquired": new Date(now * 1000).toISOString(),
          ":now": now,
        }),
      }),
    ),
  );
}

async function giveBack({ dynamo, names }: Lake, date: string, run: string): Promise<void> {
  await conditionally(() =>
    dynamo.send(
      new UpdateItemCommand({
        TableName: names.runLedger,
        Key: KEY(date),
        UpdateExpression: "REMOVE #run, #expires, #acquired",
        ConditionExpression: "#run = :run",
        ExpressionAttributeNames: NAMES,
        ExpressionAttributeValues: toAttributes({ ":run": run }),
      }),
    ),
  );
}

/** @returns false where the condition does not hold */
async function conditionally(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
