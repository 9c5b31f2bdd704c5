import { CopyObjectCommand, DeleteObjectsCommand } from "@aws-sdk/client-s3";
import { sideBySide } from "../../functions/lib/side-by-side";
import { CliError } from "../lib/errors";
import { interrupt } from "../lib/interrupt";
import type { Lake } from "../lib/lake";
import { histories, type Repair, repairOf } from "./versions";

/** Keys that S3 deletes in one call. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const DELETED_AT_ONCE = 1_000;
/** Copies side by side. */
const COPIED_AT_ONCE = 8;
/** Bytes that S3 copies in one call. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const MOST_COPIED = 5 * 1024 ** 3;

/**
 * Finds what would bring the objects under a prefix back as they were.
 *
 * @param time epoch milliseconds
 */
export async function planRepairs(lake: Lake, prefix: string, time: number): Promise<Repair[]> {
  const repairs: Repair[] = [];
  for await (const history of histories(lake, prefix)) {
    interrupt.throwIfAborted();
    const repair = repairOf(history, time);
    if (repair !== undefined) repairs.push(repair);
  }
  return repairs;
}

/**
 * Brings objects back. It can be stopped and done again: what is back already is found to be.
 *
 * @throws CliError where S3 refuses some of them: which, and why
 */
export async function repair(lake: Lake, repairs: readonly Repair[]): Promise<void> {
  const marks = repairs.flatMap((one) =>
    one.kind === "undelete" ? one.markers.map((VersionId) => ({ Key: one.key, VersionId })) : [],
  );
  for (let first = 0; first < marks.length; first += DELETED_AT_ONCE) {
    interrupt.throwIfAborted();
    await deleteMarks(lake, marks.slice(first, first + DELETED_AT_ONCE));
  }
  const copies = repairs.filter((one) => one.kind === "copy");
  await sideBySide(copies, COPIED_AT_ONCE, async ({ key, version, size }) => {
    interrupt.throwIfAborted();
    if (size > MOST_COPIED) {
      throw new CliError(
        `${key} has ${size} bytes, and S3 copies at most ${MOST_COPIED} at once.\n  try   download version ${version} and upload it again`,
      );
    }
    const CopySource = `${lake.names.bucket}/${key.split("/").map(encodeURIComponent).join("/")}?versionId=${version}`;
    await lake.s3.send(new CopyObjectCommand({ Bucket: lake.names.bucket, Key: key, CopySource }));
  });
}

async function deleteMarks({ s3, names }: Lake, Objects: { Key: string; VersionId: string }[]): Promise<void> {
  const { Errors = [] } = await s3.send(
    new DeleteObjectsCommand({ Bucket: names.bucket, Delete: { Objects, Quiet: true } }),
  );
  const [first] = Errors;
  if (first === undefined) return;
  throw new CliError(
    `S3 brought ${Errors.length} of ${Objects.length} objects not back, such as ${first.Key}: ${first.Code}, ${first.Message}.\n` +
      "  try   again with credentials that may s3:DeleteObjectVersion",
  );
}
