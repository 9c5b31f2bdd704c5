import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { type AccessLogTarget, SecureBucket } from "../lib/secure-bucket";
import { DEFAULTS } from "./defaults";

export interface AccessLogsProps {
  /** Unique in the world. */
  readonly bucketName: string;
  /** Name of the bucket whose logs come here. */
  readonly of: string;
  /** Days after which logs are deleted; undefined where nothing ages. */
  readonly expireDays?: number;
  /** Whether it is destroyed with all that is in it. */
  readonly destroyData: boolean;
}

/**
 * The bucket that S3 writes its access logs to: who asked for which object, when, and what they got.
 *
 * Encrypted by S3's own keys, for S3 delivers logs to no other; without access logs of its own, which would log themselves.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
export class AccessLogs extends Construct implements AccessLogTarget {
  readonly bucketName: string;
  readonly prefix: string;
  readonly ready: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AccessLogsProps) {
    super(scope, id);
    const { partition, account } = aws(this);
    const { expireDays } = props;
    this.prefix = `${props.of}/`;
    const bucket = new SecureBucket(this, "Bucket", {
      bucketName: props.bucketName,
      tags: { classification: "internal", source: "all" },
      destroyData: props.destroyData,
      ...(expireDays === undefined ? {} : { lifecycle: [...agingOut(expireDays)] }),
      allow: (bucketArn) => [
        {
          Sid: "AllowAccessLogs",
          Effect: "Allow",
          Principal: { Service: "logging.s3.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: `${bucketArn}/${this.prefix}*`,
          Condition: {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": `arn:${partition}:s3:::${props.of}` },
          },
        },
      ],
    });
    this.bucketName = bucket.bucketName;
    this.ready = bucket.ready;
  }
}

function agingOut(days: number) {
  const everything = { status: "Enabled", filter: [{ prefix: "" }] };
  return [
    {
      id: "logs",
      ...everything,
      expiration: [{ days }],
      noncurrentVersionExpiration: [{ noncurrentDays: 1 }],
      abortIncompleteMultipartUpload: [{ daysAfterInitiation: DEFAULTS.abortUploadDays }],
    },
    { id: "leftovers", ...everything, expiration: [{ expiredObjectDeleteMarker: true }] },
  ];
}
