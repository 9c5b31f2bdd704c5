import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketNotification } from "@cdktf/provider-aws/lib/s3-bucket-notification";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { ConfigurationError } from "../lib/errors";
import { checkedName } from "../lib/naming";
import { record } from "../lib/record";
import type { FileStore } from "../lib/stored-file";
import { dataTags } from "../lib/tags";
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
  readonly zones: Readonly<Record<ZoneName, LakeZone>>;
  /** Where the stack keeps the files that it deploys. */
  readonly artifacts: FileStore;

  /** @throws ConfigurationError on a bucket name or a lifecycle that S3 would refuse, or that would break tables. */
  constructor(scope: Construct, id: string, props: LakeProps) {
    super(scope, id);
    const settings = this.checked(props);

    const bucket = new S3Bucket(this, "Bucket", {
      bucket: checkedName("bucket", props.bucketName),
      forceDestroy: props.destroyData ?? DEFAULTS.destroyData,
      tags: dataTags({ classification: "restricted", source: "all" }),
    });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.zones = record(ZONE_NAMES, (name) => new LakeZone(name, settings[name], this));

    const versioning = new S3BucketVersioningA(this, "Versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    const encryption = new S3BucketServerSideEncryptionConfigurationA(this, "Encryption", {
      bucket: bucket.id,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    const privacy = new S3BucketPublicAccessBlock(this, "PublicAccess", {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    const ownership = new S3BucketOwnershipControls(this, "Ownership", {
      bucket: bucket.id,
      rule: { objectOwnership: "BucketOwnerEnforced" },
    });
    const policy = new S3BucketPolicy(this, "Policy", {
      bucket: bucket.id,
      policy: Fn.jsonencode({ Version: "2012-10-17", Statement: this.transportRules() }),
      // S3 lets one change at a time through to a bucket's access settings.
      dependsOn: [privacy, ownership],
    });
    if (props.lifecycle ?? DEFAULTS.lifecycle) {
      new S3BucketLifecycleConfiguration(this, "Lifecycle", {
        bucket: bucket.id,
        rule: this.lifecycleRules(settings, props),
        // Rules on noncurrent versions mean something only once there are versions.
        dependsOn: [versioning],
      });
    }
    new S3BucketNotification(this, "Events", { bucket: bucket.id, eventbridge: true });
    const { prefix } = this.zones.artifacts;
    this.artifacts = {
      bucketName: this.bucketName,
      prefix,
      ready: [versioning, encryption, policy],
      grantRead: (role, path) => this.zones.artifacts.grantRead(role, path),
    };
  }

  private checked(props: LakeProps): Record<ZoneName, ZoneSettings> {
    for (const option of ["noncurrentDays", "abortUploadDays"] as const) {
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

  private transportRules() {
    const everyone = {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [this.bucketArn, `${this.bucketArn}/*`],
    };
    return [
      { Sid: "DenyPlainHttp", ...everyone, Condition: { Bool: { "aws:SecureTransport": "false" } } },
      { Sid: "DenyOldTls", ...everyone, Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } } },
    ];
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
