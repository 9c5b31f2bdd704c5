import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  PutItemCommand,
  paginateScan,
} from "@aws-sdk/client-dynamodb";
import { interrupt } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import type { Ledger } from "./names";

type Attributes = Record<string, AttributeValue>;

/** Items that DynamoDB gives in one call. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const READ_AT_ONCE = 100;
/** Milliseconds before items are asked for again that DynamoDB had no capacity for. */
const UNREAD_WAIT_MS = 200;

/** An item of the restored table that the ledger has not, or has otherwise. */
export interface Difference {
  readonly restored: Attributes;
  /** Undefined where the ledger lacks it. */
  readonly present: Attributes | undefined;
}

/** What a restored table has, compared with the ledger. */
export interface Comparison {
  /** Items of the restored table. */
  readonly items: number;
  readonly missing: readonly Difference[];
  readonly different: readonly Difference[];
}

/** @returns the physical name of a ledger */
export const tableOf = ({ names }: Lake, ledger: Ledger): string =>
  ledger === "files" ? names.fileLedger : names.runLedger;

/** @returns an item's key for people */
export const keyText = ({ pk, sk }: Attributes): string => `${pk?.S} ${sk?.S}`;

const isLock = ({ pk }: Attributes) => pk?.S?.startsWith("LOCK#") === true;

/**
 * Compares a restored table with its ledger. Locks are left out: who held what at an earlier time holds it no longer.
 *
 * @param from name of the restored table
 */
export async function compare(lake: Lake, ledger: Ledger, from: string): Promise<Comparison> {
  const missing: Difference[] = [];
  const different: Difference[] = [];
  let items = 0;
  for await (const { Items = [] } of paginateScan({ client: lake.dynamo }, { TableName: from, ConsistentRead: true })) {
    const restored = Items.filter((item) => !isLock(item));
    items += restored.length;
    for (let first = 0; first < restored.length; first += READ_AT_ONCE) {
      interrupt.throwIfAborted();
      const some = restored.slice(first, first + READ_AT_ONCE);
      const present = await itemsOf(lake, tableOf(lake, ledger), some);
      for (const item of some) {
        const now = present.get(keyText(item));
        if (now === undefined) missing.push({ restored: item, present: now });
        else if (!isDeepStrictEqual(now, item)) different.push({ restored: item, present: now });
      }
    }
  }
  return { items, missing, different };
}

/** Items with the same keys, as they are now. */
async function itemsOf({ dynamo }: Lake, table: string, like: readonly Attributes[]): Promise<Map<string, Attributes>> {
  const found = new Map<string, Attributes>();
  let keys = like.map((item) => pick(item, "pk", "sk"));
  while (keys.length > 0) {
    const { Responses = {}, UnprocessedKeys = {} } = await dynamo.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }),
    );
    for (const item of Responses[table] ?? []) found.set(keyText(item), item);
    keys = UnprocessedKeys[table]?.Keys ?? [];
    if (keys.length > 0) await sleep(UNREAD_WAIT_MS, undefined, { signal: interrupt });
  }
  return found;
}

const pick = (item: Attributes, ...names: readonly string[]): Attributes =>
  Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));

/** Runs that hold a date or the right to publish, by what they hold. */
export async function holders({ dynamo, names }: Lake, now = Date.now()): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const locks = {
    TableName: names.runLedger,
    FilterExpression: "begins_with(pk, :lock)",
    ExpressionAttributeValues: { ":lock": { S: "LOCK#" } },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of paginateScan({ client: dynamo }, locks)) {
    for (const { pk, run, expires_at } of Items) {
      if (run?.S !== undefined && Number(expires_at?.N) * 1000 > now) found.set((pk?.S ?? "").slice(5), run.S);
    }
  }
  return found;
}

/**
 * Writes restored items into the ledger: nobody's newer entry is overwritten.
 *
 * @returns the keys of those that somebody wrote meanwhile; they stay as they are
 */
export async function writeBack(
  { dynamo }: Lake,
  table: string,
  differences: readonly Difference[],
): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const { restored, present } of differences) {
    interrupt.throwIfAborted();
    try {
      await dynamo.send(new PutItemCommand({ TableName: table, Item: restored, ...unchanged(present) }));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      lost.push(keyText(restored));
    }
  }
  return lost;
}

/** The condition that an item is still as it was seen: by the time of its last change, where it tells one. */
function unchanged(present: Attributes | undefined) {
  if (present === undefined) return { ConditionExpression: "attribute_not_exists(pk)" };
  const { updated_at } = present;
  if (updated_at === undefined) return {};
  return { ConditionExpression: "updated_at = :seen", ExpressionAttributeValues: { ":seen": updated_at } };
}
