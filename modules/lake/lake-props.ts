import type { ZoneName, ZoneSettings } from "./zones";

export interface LakeProps {
  /** Name of the bucket, unique in the world. */
  readonly bucketName: string;
  /** Settings of zones that differ from the defaults; what is left out stays as it is. @default `DEFAULTS.zones` */
  readonly zones?: Partial<Record<ZoneName, Partial<ZoneSettings>>>;
  /** Days for which a deleted or overwritten object can be had back. @default 30 */
  readonly noncurrentDays?: number;
  /** Days after which the parts of an upload that was never completed are removed. @default 7 */
  readonly abortUploadDays?: number;
  /** Whether objects age at all: colder storage and expiry, by zone. @default true */
  readonly lifecycle?: boolean;
  /** ARN of the KMS key that encrypts the objects, such as that of a `DataKey` of the module `security`; without it, S3's own keys do. */
  readonly kmsKeyArn?: string;
  /** Whether S3 logs who asked for what. @default true */
  readonly accessLogs?: boolean;
  /** Name of the bucket that the lake makes for the logs; without it, `{bucketName}-logs`. */
  readonly accessLogBucketName?: string;
  /** Days after which access logs are deleted. @default 90 */
  readonly accessLogDays?: number;
  /** Whether the bucket, and that of its access logs, is destroyed with all that is in it; takes `permitDataDeletion` as well. @default false */
  readonly destroyData?: boolean;
}
