import type { Grantee } from "../lib/service-role";
import { pascal } from "../lib/words";
import type { ZoneName, ZoneSettings } from "./zones";

/** The bucket that zones are parts of. */
export interface LakeBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
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
    role.allow(
      {
        sid: `Read${this.sid(path)}`,
        actions: ["s3:GetObject", "s3:GetObjectVersion"],
        resources: [this.objectArn(path)],
      },
      {
        sid: `List${this.sid(path)}`,
        actions: ["s3:ListBucket"],
        resources: [this.bucket.bucketArn],
        conditions: { StringLike: { "s3:prefix": [`${this.prefix}${path}`] } },
      },
    );
  }

  /** May write objects, and give up on uploads half-way. Neither reads nor deletes. */
  grantWrite(role: Grantee, path = "*"): void {
    role.allow({
      sid: `Write${this.sid(path)}`,
      actions: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      resources: [this.objectArn(path)],
    });
  }

  /** May delete objects; versioning keeps what was deleted for a while. */
  grantDelete(role: Grantee, path = "*"): void {
    role.allow({ sid: `Delete${this.sid(path)}`, actions: ["s3:DeleteObject"], resources: [this.objectArn(path)] });
  }

  /** May keep Iceberg tables here: read, write, and delete what they no longer need. */
  grantTables(role: Grantee, path = "*"): void {
    this.grantRead(role, path);
    this.grantWrite(role, path);
    this.grantDelete(role, path);
  }

  private sid(path: string): string {
    return `${pascal(this.name)}${pascal(path)}`;
  }
}
