import { ListObjectVersionsCommand } from "@aws-sdk/client-s3";
import type { Lake } from "../lib/lake";

/** A version of an object, or the mark that it was deleted. */
export interface Version {
  readonly key: string;
  readonly id: string;
  /** When it came, epoch milliseconds by the clock of S3. */
  readonly at: number;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
  /** Bytes; 0 of a mark. */
  readonly size: number;
  /** Empty of a mark. */
  readonly etag: string;
}

/** What brings an object back. */
export type Repair =
  /** Nothing came since but marks of its deletion: without them it is there again, under the version that it had. */
  | { readonly kind: "undelete"; readonly key: string; readonly markers: readonly string[] }
  /** Something else lies there now: the version is copied over it, as a new one. */
  | { readonly kind: "copy"; readonly key: string; readonly version: string; readonly size: number };

/**
 * What would bring an object back as it was at a time.
 *
 * @param history all that the bucket still has of a key, in any order
 * @param time epoch milliseconds
 * @returns undefined where its content is what it was, or it was not there then; what came since is left alone
 */
export function repairOf(history: readonly Version[], time: number): Repair | undefined {
  const newestFirst = [...history].sort((a, b) => Number(b.isLatest) - Number(a.isLatest) || b.at - a.at);
  const index = newestFirst.findIndex(({ at }) => at <= time);
  const was = newestFirst[index];
  if (was === undefined || was.isMarker || index === 0) return undefined;
  const since = newestFirst.slice(0, index);
  const { key, etag } = was;
  // It was copied back already.
  if (since[0]?.isMarker === false && since[0].etag === etag) return undefined;
  if (since.every(({ isMarker }) => isMarker)) return { kind: "undelete", key, markers: since.map(({ id }) => id) };
  return { kind: "copy", key, version: was.id, size: was.size };
}

/** The histories of all keys under a prefix, key by key, however many pages S3 gives them on. */
export async function* histories({ s3, names }: Lake, prefix: string): AsyncGenerator<Version[], void, undefined> {
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  let unfinished: Version[] = [];
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: names.bucket, Prefix: prefix, ...next }));
    // S3 lists the two in one order; the client takes them apart.
    const found = new Map<string, Version[]>();
    const listed = [
      ...unfinished,
      ...(page.Versions ?? []).map((version) => toVersion(version, false)),
      ...(page.DeleteMarkers ?? []).map((marker) => toVersion(marker, true)),
    ];
    for (const version of listed) found.set(version.key, [...(found.get(version.key) ?? []), version]);
    // The key at which a page ends may go on on the next.
    const last = page.IsTruncated === true ? (page.NextKeyMarker ?? "") : undefined;
    unfinished = last === undefined ? [] : (found.get(last) ?? []);
    for (const [key, history] of found) if (key !== last) yield history;
    if (last === undefined) return;
    next = { KeyMarker: last, VersionIdMarker: page.NextVersionIdMarker };
  }
}

interface Listed {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
}

function toVersion(listed: Listed, isMarker: boolean): Version {
  const { Key = "", VersionId = "", LastModified, IsLatest = false, Size = 0, ETag = "" } = listed;
  const at = LastModified?.getTime() ?? 0;
  return { key: Key, id: VersionId, at, isLatest: IsLatest, isMarker, size: Size, etag: ETag };
}
