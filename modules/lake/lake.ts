import type { S3BucketLifecycleConfigurationRule } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { Construct } from "constructs";
import { ConfigurationError } from "../lib/errors";
import { record } from "../lib/record";
import { SecureBucket } from "../lib/secure-bucket";
import type { FileStore } from "../lib/stored-file";
import { AccessLogs } from "./access-logs";
import { DEFAULTS } from "./defaults";
import type { LakeProps } from "./lake-props";
import { LakeZone } from "./zone";
import { checkZone, ZONE_NAMES, type ZoneName, type ZoneSettings } from "./zones";

/**
 * The lake's bucket and its zones: versioned, encrypted, private, over TLS 1.2 or newer only, its objects aging by zone, its
 * events on EventBridge.
 *
 * @example
 * const lake = new Lake(this, "Lake", { bucketName: "data-lake-dev-111111111111" });
 * lake.zones.raw.grantRead(role);
 */
export class Lake extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** The key of its objects; undefined where S3's own keys encrypt them. */
  readonly kmsKeyArn: string | undefined;
  readonly zones: Readonly<Record<ZoneName, LakeZone>>;
  /** The bucket of the access logs, for other buckets' too; undefined where there are none. */
  readonly accessLogs: AccessLogs | undefined;
  /** Where the stack keeps the files that it deploys. */
  readonly artifacts: FileStore;

  /** @throws ConfigurationError on a bucket name or a lifecycle that S3 would refuse, or that would break tables. */
  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const settings = this.checked(props);

    const destroyData = props.destroyData ?? DEFAULTS.destroyData;
    const ages = props.lifecycle ?? DEFAULTS.lifecycle;
    this.accessLogs =
      (props.accessLogs ?? DEFAULTS.accessLogs)
        ? new AccessLogs(this, "AccessLogs", {
            bucketName: props.accessLogBucketName ?? `${props.bucketName}-logs`,
            destroyData,
            ...(ages ? { expireDays: props.accessLogDays ?? DEFAULTS.accessLogDays } : {}),
          })
        : undefined;
    const bucket = new SecureBucket(this, "Bucket", {
      bucketName: props.bucketName,
      tags: { classification: "restricted", source: "all" },
      destroyData,
      ...(props.kmsKeyArn === undefined ? {} : { kmsKeyArn: props.kmsKeyArn }),
      ...(ages ? { lifecycle: this.lifecycleRules(settings, props) } : {}),
      ...(this.accessLogs === undefined ? {} : { accessLogs: this.accessLogs.of(props.bucketName) }),
    });
    this.bucketName = bucket.bucketName;
    this.bucketArn = bucket.bucketArn;
    this.kmsKeyArn = props.kmsKeyArn;
    this.zones = record(ZONE_NAMES, (name) => new LakeZone(name, settings[name], this));

    new S3BucketNotification(this, "Events", { bucket: this.bucketName, eventbridge: true });
    const { prefix } = this.zones.artifacts;
    this.artifacts = {
      bucketName: this.bucketName,
      prefix,
      ready: bucket.ready,
      grantRead: (role, path) => this.zones.artifacts.grantRead(role, path),
    };
  }

  private checked(props: LakeProps): Record<ZoneName, ZoneSettings> {
    for (const option of ["noncurrentDays", "abortUploadDays", "accessLogDays"] as const) {
      const days = props[option];
      if (days !== undefined && (!Number.isInteger(days) || days < 1)) {
        throw new ConfigurationError(this, {
          rule: `${option} is a whole number of days, at least 1`,
          received: days,
          remedy: `give a whole number, or leave it out for ${DEFAULTS[option]}`,
        });
      }
    }
    return record(ZONE_NAMES, (name) => {
      const zone: ZoneSettings = { ...DEFAULTS.zones[name], ...props.zones?.[name] };
      checkZone(this.node.path, name, zone);
      return zone;
    });
  }

  private lifecycleRules(
    settings: Record<ZoneName, ZoneSettings>,
    { noncurrentDays = DEFAULTS.noncurrentDays, abortUploadDays = DEFAULTS.abortUploadDays }: LakeProps,
  ): S3BucketLifecycleConfigurationRule[] {
    const zones = ZONE_NAMES.map((name): S3BucketLifecycleConfigurationRule => {
      const { prefix, transitions, expireDays } = settings[name];
      const moves = transitions.filter(({ days }) => days < (expireDays ?? Number.POSITIVE_INFINITY));
      return {
        id: name,
        status: "Enabled",
        filter: [{ prefix }],
        ...(moves.length === 0
          ? {}
          : { transition: moves.map(({ days, storage }) => ({ days, storageClass: storage })) }),
        ...(expireDays === undefined ? {} : { expiration: [{ days: expireDays }] }),
        noncurrentVersionExpiration: [{ noncurrentDays }],
      };
    });
    const everywhere: S3BucketLifecycleConfigurationRule = {
      id: "leftovers",
      status: "Enabled",
      filter: [{ prefix: "" }],
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: abortUploadDays }],
      expiration: [{ expiredObjectDeleteMarker: true }],
    };
    return [...zones, everywhere];
  }
}
