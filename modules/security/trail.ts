import { Cloudtrail } from "@cdktf/provider-aws/lib/cloudtrail";
import { Construct } from "constructs";
import type { AccessLogs } from "../lake";
import { aws } from "../lib/aws";
import { checkedName } from "../lib/naming";
import { SecureBucket } from "../lib/secure-bucket";
import { wholeNumber } from "../lib/whole-number";

/** What a trail is unless its props say otherwise. */
export const TRAIL_DEFAULTS = Object.freeze({
  /** Days that it is kept. */
  retentionDays: 365,
  destroyData: false,
});

export interface TrailProps {
  readonly name: string;
  /** Name of its bucket, unique in the world. */
  readonly bucketName: string;
  /** ARNs of the buckets whose objects are watched. */
  readonly watched: readonly string[];
  /** ARN of the key that encrypts it, such as that of a `LogsKey` that names the trail; without it, S3's own keys do. */
  readonly kmsKeyArn?: string;
  /** Where access logs of its bucket go; without it, nowhere. */
  readonly accessLogs?: AccessLogs | undefined;
  /** Days that it is kept, at least 1. @default 365 */
  readonly retentionDays?: number;
  /** Whether what it holds ages at all. */
  readonly lifecycle: boolean;
  /** Whether it is destroyed with all that is in it; takes `permitDataDeletion` as well. @default false */
  readonly destroyData?: boolean;
}

/**
 * Who read, wrote or deleted which object of the lake: S3's data events, in an encrypted bucket of their own, with digests by which a
 * changed or missing file shows (`aws cloudtrail validate-logs`). Management events are the account's own trail to keep.
 *
 * @example
 * new Trail(this, "Trail", { name: names.trail, bucketName: names.trailBucket, watched: [lake.bucketArn], kmsKeyArn: key.keyArn, lifecycle: true });
 */
export class Trail extends Construct {
  readonly bucketName: string;

  /** @throws ConfigurationError on a name or a retention that cannot be. */
  constructor(scope: Construct, id: string, props: TrailProps) {
    super(scope, id);
    const { kmsKeyArn, bucketName, accessLogs } = props;
    const name = checkedName("trail", props.name);
    const days = wholeNumber(
      this,
      "retentionDays of a trail",
      props.retentionDays ?? TRAIL_DEFAULTS.retentionDays,
      { min: 1, max: 36_500 },
      TRAIL_DEFAULTS.retentionDays,
    );
    const place = aws(this);
    const cloudTrail = {
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Condition: { StringEquals: { "aws:SourceArn": place.arn("cloudtrail", `trail/${name}`) } },
    } as const;
    const bucket = new SecureBucket(this, "Bucket", {
      bucketName,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
      tags: { classification: "confidential", source: "all" },
      destroyData: props.destroyData ?? TRAIL_DEFAULTS.destroyData,
      ...(props.lifecycle
        ? {
            lifecycle: [
              {
                id: "trail",
                status: "Enabled",
                filter: [{ prefix: "" }],
                expiration: [{ days }],
                noncurrentVersionExpiration: [{ noncurrentDays: 1 }],
                abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
              },
            ],
          }
        : {}),
      ...(accessLogs === undefined ? {} : { accessLogs: accessLogs.of(bucketName) }),
      allow: (bucketArn) => [
        { ...cloudTrail, Sid: "AllowTrailToLook", Action: "s3:GetBucketAcl", Resource: bucketArn },
        {
          ...cloudTrail,
          Sid: "AllowTrail",
          Action: "s3:PutObject",
          Resource: `${bucketArn}/AWSLogs/${place.account}/*`,
        },
      ],
    });
    this.bucketName = bucket.bucketName;
    new Cloudtrail(this, "Trail", {
      name,
      s3BucketName: bucket.bucketName,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
      enableLogFileValidation: true,
      includeGlobalServiceEvents: false,
      isMultiRegionTrail: false,
      advancedEventSelector: [
        {
          name: "Objects of the lake",
          fieldSelector: [
            { field: "eventCategory", equalTo: ["Data"] },
            { field: "resources.type", equalTo: ["AWS::S3::Object"] },
            { field: "resources.ARN", startsWith: props.watched.map((bucketArn) => `${bucketArn}/`) },
          ],
        },
      ],
      // CloudTrail tries the bucket out.
      dependsOn: bucket.ready,
    });
  }
}
