import type { Grantee } from "../lib/service-role";
import { pascal } from "../lib/words";
import type { ZoneName, ZoneSettings } from "./zones";

/** The bucket that zones are parts of. */
export interface LakeBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** The KMS key of its objects; undefined where S3's own keys encrypt them. */
  readonly kmsKeyArn: string | undefined;
}

/** One zone of the lake: its place, and who may do what there. */
export class LakeZone {
  readonly prefix: string;
  readonly bucket: LakeBucket;

  constructor(
    readonly name: ZoneName,
    readonly settings: ZoneSettings,
    bucket: LakeBucket,
  ) {
    this.prefix = settings.prefix;
    this.bucket = bucket;
  }

  /** @example zone.uri("transactions/"); // s3://data-lake-…/raw/transactions/ */
  uri(path = ""): string {
    return `s3://${this.bucket.bucketName}/${this.prefix}${path}`;
  }

  /** @param path under the zone's prefix; `*` stands for anything. */
  objectArn(path = "*"): string {
    return `${this.bucket.bucketArn}/${this.prefix}${path}`;
  }

  /**
   * May read objects and list them.
   *
   * @param path narrows the grant to a part of the zone, such as `transactions/*`; `*` stands for anything.
   */
  grantRead(role: Grantee, path = "*"): void {
    this.allowReading(role, path, [this.objectArn(path)]);
    this.grantList(role, path);
  }

  /** May list keys, and learn that one does not exist; reads nothing. */
  grantList(role: Grantee, path = "*"): void {
    this.allowListing(role, path, ["s3:ListBucket"], [`${this.prefix}${path}`]);
  }

  /** May write objects, and give up on uploads half-way. Neither reads nor deletes. */
  grantWrite(role: Grantee, path = "*"): void {
    role.allow({
      sid: `Write${this.sid(path)}`,
      actions: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      resources: [this.objectArn(path)],
    });
    // The parts of a large upload are put together by reading them.
    this.allowKey(role, "EncryptLake", ["kms:GenerateDataKey", "kms:Decrypt"]);
  }

  /** May delete objects; versioning keeps what was deleted for a while. */
  grantDelete(role: Grantee, path = "*"): void {
    role.allow({ sid: `Delete${this.sid(path)}`, actions: ["s3:DeleteObject"], resources: [this.objectArn(path)] });
  }

  /** May keep tables or files of Spark here: read, list, write and delete. */
  grantReadWrite(role: Grantee, path = "*"): void {
    // Hadoop's S3A asks for every folder above the one it writes to, in case one is a file, and looks for the unfinished
    // uploads of earlier attempts.
    const above = foldersAbove(`${this.prefix}${path}`);
    const listed = [`${this.prefix}${path}`, ...above];
    const arns = above.map((key) => `${this.bucket.bucketArn}/${key}`);
    this.allowReading(role, path, [this.objectArn(path), ...arns]);
    this.allowListing(role, path, ["s3:ListBucket", "s3:ListBucketMultipartUploads"], listed);
    this.grantWrite(role, path);
    this.grantDelete(role, path);
  }

  private allowReading(role: Grantee, path: string, resources: readonly string[]): void {
    role.allow({ sid: `Read${this.sid(path)}`, actions: ["s3:GetObject", "s3:GetObjectVersion"], resources });
    this.allowKey(role, "DecryptLake", ["kms:Decrypt"]);
  }

  private allowKey(role: Grantee, sid: string, actions: readonly string[]): void {
    const { bucketArn, kmsKeyArn } = this.bucket;
    if (kmsKeyArn === undefined) return;
    // Through S3 alone, and for this bucket alone: S3 tells KMS the bucket's ARN, or the object's where it uses no bucket key.
    role.allow({
      sid,
      actions,
      resources: [kmsKeyArn],
      conditions: {
        StringLike: { "kms:ViaService": "s3.*", "kms:EncryptionContext:aws:s3:arn": [bucketArn, `${bucketArn}/*`] },
      },
    });
  }

  private allowListing(role: Grantee, path: string, actions: readonly string[], prefixes: readonly string[]): void {
    role.allow({
      sid: `List${this.sid(path)}`,
      actions,
      resources: [this.bucket.bucketArn],
      // If it exists: reading a key that is not there asks for this right too, and without a prefix. Refused, S3 answers 403 where 404
      // is meant, and who reads cannot tell a missing object from a forbidden one.
      conditions: { StringLikeIfExists: { "s3:prefix": [...prefixes] } },
    });
  }

  private sid(path: string): string {
    return `${pascal(this.name)}${pascal(path)}`;
  }
}

/** @example foldersAbove("raw/reviews/*"); // ["raw", "raw/", "raw/reviews"] */
function foldersAbove(path: string): string[] {
  const folders = path.split("/").slice(0, -1);
  const spelled = folders.flatMap((_, index) => {
    const folder = folders.slice(0, index + 1).join("/");
    return [folder, `${folder}/`];
  });
  // The last one with its slash is part of the path itself.
  return spelled.slice(0, -1);
}
