import { DeleteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { LakeObjects } from "../../functions/lib/lake-objects";
import type { Lake } from "../lib/lake";
import { tableOf } from "../recover/ledger";
import type { Ledger } from "../recover/names";

/** Keys that S3 deletes in one call. */
const AT_ONCE = 1_000;

/** Deletes every object under a prefix, as somebody would by mistake. @returns how many */
export async function deleteObjects({ s3, names }: Lake, prefix: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of new LakeObjects(names.bucket, s3).list(prefix)) keys.push(key);
  for (let first = 0; first < keys.length; first += AT_ONCE) {
    const Objects = keys.slice(first, first + AT_ONCE).map((Key) => ({ Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket: names.bucket, Delete: { Objects, Quiet: true } }));
  }
  return keys.length;
}

/** Deletes entries of a ledger. @param keep which stay */
export async function deleteEntries(lake: Lake, ledger: Ledger, keep: (key: string) => boolean): Promise<number> {
  const TableName = tableOf(lake, ledger);
  const { Items = [] } = await lake.dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }));
  const doomed = Items.filter(({ pk }) => !keep(pk?.S ?? ""));
  for (const { pk, sk } of doomed) {
    if (pk !== undefined && sk !== undefined) {
      await lake.dynamo.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
    }
  }
  return doomed.length;
}
