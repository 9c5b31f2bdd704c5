import { createHash } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { CURATED_TABLES, DATASETS } from "../../contracts";
import { Athena } from "../../functions/lib/athena";
import { fromAttributes } from "../../functions/lib/dynamo";
import type { Lake } from "../lib/lake";
import { tableOf } from "../recover/ledger";
import type { Ledger } from "../recover/names";

/** What a table holds. */
export interface Content {
  readonly rows: number;
  /** Of all rows, whatever their order. */
  readonly hash: string;
}

/** What every processed and curated table holds, by `zone.name`. */
export type Contents = Readonly<Record<string, Content>>;

/** The tables that jobs make from the contracts. */
export const TABLES = [
  ...DATASETS.map((name) => ["processed", name] as const),
  ...CURATED_TABLES.map((name) => ["curated", name] as const),
];

/** Reads every table as an analyst would; when a row was written is left out. */
export async function contentsOf(lake: Lake): Promise<Contents> {
  const athena = new Athena(lake.athena, { workgroup: lake.names.workgroup });
  const contents: Record<string, Content> = {};
  for (const [zone, name] of TABLES) {
    const { rows } = await athena.query(`SELECT * FROM ${name}`, lake.names.database(zone));
    const texts = rows.map(({ processing_timestamp, processing_date, ...row }) => JSON.stringify(row)).toSorted();
    contents[`${zone}.${name}`] = {
      rows: texts.length,
      hash: createHash("sha256").update(texts.join("\n")).digest("hex"),
    };
  }
  return contents;
}

/** @returns the tables that are not the same, for people; empty where all are */
export function differencesOf(before: Contents, now: Contents): string[] {
  return Object.entries(before).flatMap(([table, { rows, hash }]) => {
    const after = now[table];
    if (after?.hash === hash) return [];
    return [`${table} had ${rows} rows and has ${after?.rows ?? "none"}${after?.rows === rows ? ", others" : ""}`];
  });
}

/** The entries of a ledger but for locks, by key. */
export async function entriesOf(lake: Lake, ledger: Ledger): Promise<Map<string, ReturnType<typeof fromAttributes>>> {
  const { Items = [], LastEvaluatedKey } = await lake.dynamo.send(
    new ScanCommand({ TableName: tableOf(lake, ledger), ConsistentRead: true }),
  );
  if (LastEvaluatedKey !== undefined)
    throw new Error("The ledger of a rehearsal has more entries than one page holds.");
  const entries = Items.map(fromAttributes).filter(({ pk }) => !String(pk).startsWith("LOCK#"));
  return new Map(entries.map((entry) => [`${entry.pk} ${entry.sk}`, entry]));
}
