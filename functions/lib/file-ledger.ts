import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { fromAttributes, type Item, type ItemValue, member, toAttributes } from "./dynamo";
import { ClaimLost, FileBusy } from "./errors";
import { printable } from "./printable";

export type FinalState = "accepted" | "rejected" | "duplicate";

/** The object that a ledger entry is about. */
export interface FileIdentity {
  readonly bucket: string;
  readonly key: string;
  /** As the key says; a name that is no dataset's is entered too, and rejected. */
  readonly dataset: string;
  readonly date: string;
  readonly etag: string;
  readonly size: number;
  readonly version?: string;
}

/** What validation found, as the ledger keeps it. */
export interface FileFacts {
  readonly md5?: string;
  readonly format?: string;
  readonly compression: string;
  readonly bom: boolean;
  readonly columns: readonly string[];
  readonly unknownColumns: readonly string[];
  readonly rows: number;
  readonly badRows: number;
  readonly splits: readonly { readonly offset: number; readonly record: number; readonly line: number }[];
  readonly badRules: Readonly<Record<string, { readonly count: number; readonly lines: readonly number[] }>>;
}

/** A file's entry. */
export interface LedgerEntry {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly state: "claimed" | FinalState;
  readonly validator: string;
  readonly claim: string;
  /** Epoch milliseconds until which a claim holds. */
  readonly leaseUntil: number;
  readonly md5?: string;
  readonly format?: string;
  readonly compression?: string;
  readonly bom: boolean;
  readonly columns: readonly string[];
  readonly unknownColumns: readonly string[];
  readonly splits: FileFacts["splits"];
  readonly rows?: number;
  readonly badRows?: number;
  readonly reason?: string;
  readonly original?: string;
}

/** The right to decide on a file, held until it is given back or runs out. */
export interface Claim {
  readonly file: FileIdentity;
  readonly id: string;
}

/** How a file is claimed. */
export interface ClaimOptions {
  readonly run: string;
  /** Version of the checks: an entry that other checks decided on is decided anew. */
  readonly validator: string;
  /** Milliseconds after which others may take the claim over: no longer than the caller lives. */
  readonly leaseMs: number;
  /** A final entry that is out of date although file and checks are the same: it may be claimed nevertheless. */
  readonly outdated?: LedgerEntry;
}

export const DEFAULTS = Object.freeze({
  /** How often a decision is tried again that another writer came in between. */
  attempts: 6,
  /** Milliseconds before the second attempt; doubled before each further one, with jitter. */
  backoffMs: 50,
});

/** Longest key in bytes. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY = 1_024;

/** Most items that DynamoDB gives at once. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH_SIZE = 100;

/**
 * The ledger of files: one entry a file, one item a content. Every change is conditional, so that of two writers one wins and
 * the other learns of it, and a writer that dies leaves nothing but a claim that runs out.
 */
export class FileLedger {
  constructor(
    private readonly table: string,
    private readonly client: DynamoDBClient = new DynamoDBClient({}),
    private readonly now: () => number = Date.now,
  ) {}

  /** A file's entry, as of now. */
  async get(key: string): Promise<LedgerEntry | undefined> {
    const item = await this.read(fileKey(key));
    return item === undefined ? undefined : toEntry(item);
  }

  /** The entries of many files, as of now, by key; a file without an entry is left out. */
  async getAll(keys: readonly string[]): Promise<Map<string, LedgerEntry>> {
    const entries = new Map<string, LedgerEntry>();
    for (let start = 0; start < keys.length; start += BATCH_SIZE) {
      let wanted = keys.slice(start, start + BATCH_SIZE).map((key) => toAttributes(fileKey(key)));
      for (let attempt = 0; wanted.length > 0; attempt++) {
        if (attempt > 0) await this.backOff(attempt);
        const answer = await this.client.send(
          new BatchGetItemCommand({ RequestItems: { [this.table]: { Keys: wanted, ConsistentRead: true } } }),
        );
        for (const attributes of answer.Responses?.[this.table] ?? []) {
          const entry = toEntry(fromAttributes(attributes));
          entries.set(entry.key, entry);
        }
        wanted = answer.UnprocessedKeys?.[this.table]?.Keys ?? [];
      }
    }
    return entries;
  }

  /**
   * Claims a file for validation.
   *
   * @returns the claim, or the entry where the same checks have already decided on the same object.
   * @throws FileBusy while another claim on the same object holds.
   */
  async claim(file: FileIdentity, options: ClaimOptions): Promise<{ claim: Claim } | { decided: LedgerEntry }> {
    const claim: Claim = { file, id: randomUUID() };
    const now = this.now();
    const item = toAttributes({
      ...fileKey(file.key),
      bucket: file.bucket,
      key: file.key,
      dataset: file.dataset,
      date: file.date,
      dataset_date: `${file.dataset}#${file.date}`,
      etag: file.etag,
      size: file.size,
      version: file.version,
      state: "claimed",
      claim: claim.id,
      run: options.run,
      validator: options.validator,
      claimed_at: new Date(now).toISOString(),
      updated_at: new Date(now).toISOString(),
      lease_until: now + options.leaseMs,
    });
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.table,
          Item: item,
          ConditionExpression:
            "attribute_not_exists(pk) OR etag <> :etag OR validator <> :validator OR claim = :outdated OR (#state = :claimed AND lease_until < :now)",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: toAttributes({
            ":etag": file.etag,
            ":validator": options.validator,
            ":outdated": options.outdated?.claim ?? "",
            ":claimed": "claimed",
            ":now": now,
          }),
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const entry = error.Item === undefined ? await this.get(file.key) : toEntry(fromAttributes(error.Item));
      // A write whose answer was lost is sent again by the SDK, and then fails on itself.
      if (entry?.claim === claim.id) return { claim };
      if (entry !== undefined && entry.state !== "claimed") return { decided: entry };
      throw new FileBusy(
        `Another call is validating ${shown(file.key)}; its claim holds until ${timeOf(entry?.leaseUntil)}.`,
        {
          cause: error,
        },
      );
    }
    return { claim };
  }

  /** Gives a claim back undecided, so that the next try need not wait for its end. A claim that was lost is left alone. */
  async release({ file, id }: Claim): Promise<void> {
    try {
      await this.client.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: toAttributes(fileKey(file.key)),
          UpdateExpression: "SET lease_until = :past",
          ConditionExpression: "claim = :claim AND #state = :claimed",
          ExpressionAttributeNames: { "#state": "state" },
          ExpressionAttributeValues: toAttributes({ ":past": 0, ":claim": id, ":claimed": "claimed" }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** @throws ClaimLost where the file is another's by now. */
  async reject(claim: Claim, facts: FileFacts, reason: string): Promise<void> {
    await this.transact([this.decision(claim, "rejected", { ...factAttributes(facts), reason })], claim);
  }

  /**
   * Accepts a file, unless another accepted file that is still there holds the same content: then it is a duplicate of that one.
   *
   * @param isThere whether an object is still in the bucket, with this ETag.
   * @returns the original's key where the file is a duplicate.
   * @throws ClaimLost where the file is another's by now.
   * @throws FileBusy while the file that held the content first is being validated.
   */
  async accept(
    claim: Claim,
    facts: FileFacts & { readonly md5: string },
    isThere: (key: string, etag: string) => Promise<boolean>,
  ): Promise<{ original?: string }> {
    for (let attempt = 1; attempt <= DEFAULTS.attempts; attempt++) {
      if (attempt > 1) await this.backOff(attempt - 1);
      const content = await this.contentOf(claim.file.dataset, facts.md5);
      const original =
        content === undefined || content.key === claim.file.key ? undefined : await this.get(content.key);
      const isSame = original !== undefined && original.etag === content?.etag;
      if (isSame && original.state === "claimed" && original.leaseUntil >= this.now()) {
        throw new FileBusy(
          `${shown(original.key)}, which has the same content as ${shown(claim.file.key)}, is being validated.`,
        );
      }
      const holds = isSame && original.state === "accepted";
      if (holds && (await isThere(original.key, original.etag))) {
        const reason = sameContent(original.key);
        const written = await this.transact(
          [
            this.decision(claim, "duplicate", { ...factAttributes(facts), reason, original: original.key }),
            { ConditionCheck: this.whileAccepted(original) },
          ],
          claim,
        );
        if (written) return { original: original.key };
        continue;
      }
      const writes = [
        this.decision(claim, "accepted", factAttributes(facts)),
        this.takeContent(claim.file, facts.md5, content),
      ];
      // The object that held the content was deleted or replaced: should it come back, it is the duplicate.
      if (holds) writes.push(this.demote(original, claim.file.key));
      if (await this.transact(writes, claim)) return {};
    }
    throw new FileBusy(`Others keep changing the ledger's entries for the content of ${shown(claim.file.key)}.`);
  }

  private async contentOf(dataset: string, md5: string): Promise<{ key: string; etag: string } | undefined> {
    const item = await this.read(contentKey(dataset, md5));
    return item === undefined ? undefined : { key: textOf(item, "key"), etag: textOf(item, "etag") };
  }

  private decision(
    claim: Claim,
    state: FinalState,
    attributes: Record<string, ItemValue | undefined>,
  ): TransactWriteItem {
    const set = toAttributes({ ...attributes, state, updated_at: new Date(this.now()).toISOString() });
    const names = Object.keys(set);
    return {
      Update: {
        TableName: this.table,
        Key: toAttributes(fileKey(claim.file.key)),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
        ConditionExpression: "claim = :claim",
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: {
          ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
          ...toAttributes({ ":claim": claim.id }),
        },
      },
    };
  }

  private takeContent(
    file: FileIdentity,
    md5: string,
    before: { key: string; etag: string } | undefined,
  ): TransactWriteItem {
    return {
      Put: {
        TableName: this.table,
        Item: toAttributes({ ...contentKey(file.dataset, md5), key: file.key, etag: file.etag }),
        ...(before === undefined
          ? { ConditionExpression: "attribute_not_exists(pk)" }
          : {
              ConditionExpression: "#key = :key AND etag = :etag",
              ExpressionAttributeNames: { "#key": "key" },
              ExpressionAttributeValues: toAttributes({ ":key": before.key, ":etag": before.etag }),
            }),
      },
    };
  }

  private demote(entry: LedgerEntry, original: string): TransactWriteItem {
    const { ExpressionAttributeNames, ExpressionAttributeValues, ...check } = this.whileAccepted(entry);
    return {
      Update: {
        ...check,
        UpdateExpression: "SET #state = :duplicate, original = :original, reason = :reason, updated_at = :now",
        ExpressionAttributeNames,
        ExpressionAttributeValues: {
          ...ExpressionAttributeValues,
          ...toAttributes({
            ":duplicate": "duplicate",
            ":original": original,
            ":reason": `Same content as ${shown(original)}, which stayed when this object was gone.`,
            ":now": new Date(this.now()).toISOString(),
          }),
        },
      },
    };
  }

  private whileAccepted(entry: LedgerEntry) {
    return {
      TableName: this.table,
      Key: toAttributes(fileKey(entry.key)),
      ConditionExpression: "#state = :accepted AND etag = :etag",
      ExpressionAttributeNames: { "#state": "state" },
      ExpressionAttributeValues: toAttributes({ ":accepted": "accepted", ":etag": entry.etag }),
    };
  }

  /**
   * Writes all or nothing; the first write is the decision on the claim.
   *
   * @returns whether it was written: false where another writer came in between.
   * @throws ClaimLost where the claim is no longer held.
   */
  private async transact(writes: TransactWriteItem[], claim: Claim): Promise<boolean> {
    try {
      await this.client.send(new TransactWriteItemsCommand({ TransactItems: writes }));
      return true;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
      if (codes[0] === "ConditionalCheckFailed") {
        throw new ClaimLost(
          `The claim on ${shown(claim.file.key)} was lost: the object was overwritten, or its lease ran out.`,
          {
            cause: error,
          },
        );
      }
      return false;
    }
  }

  private async read(key: { pk: string; sk: string }): Promise<Item | undefined> {
    const { Item: attributes } = await this.client.send(
      new GetItemCommand({ TableName: this.table, Key: toAttributes(key), ConsistentRead: true }),
    );
    return attributes === undefined ? undefined : fromAttributes(attributes);
  }

  private async backOff(attempt: number): Promise<void> {
    await sleep(Math.random() * DEFAULTS.backoffMs * 2 ** attempt);
  }
}

/** The reason of a duplicate. */
export function sameContent(original: string): string {
  return `Same content as ${shown(original)}.`;
}

/** A key in a message: whole, but whoever uploads may name his object as he likes. */
function shown(key: string): string {
  return printable(key, MAX_KEY);
}

function fileKey(key: string) {
  return { pk: `FILE#${key}`, sk: "ENTRY" };
}

function contentKey(dataset: string, md5: string) {
  return { pk: `CONTENT#${dataset}#${md5}`, sk: "ENTRY" };
}

function factAttributes(facts: FileFacts): Record<string, ItemValue | undefined> {
  const rules = Object.entries(facts.badRules).map(([rule, { count, lines }]) => [rule, { count, lines }]);
  return {
    md5: facts.md5,
    format: facts.format,
    compression: facts.compression,
    bom: facts.bom,
    columns: facts.columns,
    unknown_columns: facts.unknownColumns,
    splits: facts.splits.map((split) => ({ ...split })),
    rows: facts.rows,
    bad_rows: facts.badRows,
    bad_rules: Object.fromEntries(rules),
  };
}

function toEntry(item: Item): LedgerEntry {
  const text = (name: string) => (typeof item[name] === "string" ? item[name] : undefined);
  const number = (name: string) => (typeof item[name] === "number" ? item[name] : undefined);
  const texts = (name: string) => (Array.isArray(item[name]) ? item[name].map(String) : []);
  return {
    key: textOf(item, "key"),
    etag: textOf(item, "etag"),
    size: number("size") ?? 0,
    state: stateOf(item),
    validator: textOf(item, "validator"),
    claim: textOf(item, "claim"),
    leaseUntil: number("lease_until") ?? 0,
    bom: item.bom === true,
    columns: texts("columns"),
    unknownColumns: texts("unknown_columns"),
    splits: splitsOf(item),
    ...optional("md5", text("md5")),
    ...optional("format", text("format")),
    ...optional("compression", text("compression")),
    ...optional("rows", number("rows")),
    ...optional("badRows", number("bad_rows")),
    ...optional("reason", text("reason")),
    ...optional("original", text("original")),
  };
}

function splitsOf(item: Item): LedgerEntry["splits"] {
  const splits = Array.isArray(item.splits) ? item.splits : [];
  const number = (split: ItemValue, name: string) => Number(member(split, name));
  return splits.map((split: ItemValue) => ({
    offset: number(split, "offset"),
    record: number(split, "record"),
    line: number(split, "line"),
  }));
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { [key in Name]?: T } {
  // A computed name makes TypeScript forget which one it is.
  return (value === undefined ? {} : { [name]: value }) as { [key in Name]?: T };
}

function textOf(item: Item, name: string): string {
  const value = item[name];
  if (typeof value !== "string") {
    throw new Error(`The ledger's item ${String(item.pk)} has no "${name}": it was not written by the validator.`);
  }
  return value;
}

function stateOf(item: Item): LedgerEntry["state"] {
  const state = item.state;
  if (state === "claimed" || state === "accepted" || state === "rejected" || state === "duplicate") return state;
  throw new Error(`The ledger's item ${String(item.pk)} has the unknown state ${JSON.stringify(state)}.`);
}

function timeOf(epochMs: number | undefined): string {
  return epochMs === undefined ? "an unknown time" : new Date(epochMs).toISOString();
}
