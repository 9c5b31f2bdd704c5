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
  /** Whether the bucket is destroyed with all that is in it. @default false */
  readonly destroyData?: boolean;
}
