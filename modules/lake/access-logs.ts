import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { type AccessLogTarget, SecureBucket } from "../lib/secure-bucket";
import { DEFAULTS } from "./defaults";

export interface AccessLogsProps {
  /** Unique in the world. */
  readonly bucketName: string;
  /** Days after which logs are deleted; undefined where nothing ages. */
  readonly expireDays?: number;
  /** Whether it is destroyed with all that is in it. */
  readonly destroyData: boolean;
}

/**
 * A bucket that S3 writes access logs of other buckets to: who asked for which object, when, and what they got.
 *
 * Encrypted by S3's own keys, for S3 delivers logs to no other; without access logs of its own, which would log themselves.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
export class AccessLogs extends Construct {
  readonly bucketName: string;
  private readonly ready: ITerraformDependable[];
  private readonly sources: string[] = [];

  constructor(scope: Construct, id: string, props: AccessLogsProps) {
    super(scope, id);
    const { partition, account } = aws(this);
    const { expireDays } = props;
    const bucket = new SecureBucket(this, "Bucket", {
      bucketName: props.bucketName,
      tags: { classification: "internal", source: "all" },
      destroyData: props.destroyData,
      ...(expireDays === undefined ? {} : { lifecycle: [...agingOut(expireDays)] }),
      allow: (bucketArn) =>
        this.sources.map((source, index) => ({
          Sid: `AllowAccessLogs${index === 0 ? "" : index + 1}`,
          Effect: "Allow",
          Principal: { Service: "logging.s3.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: `${bucketArn}/${source}/*`,
          Condition: {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": `arn:${partition}:s3:::${source}` },
          },
        })),
    });
    this.bucketName = bucket.bucketName;
    this.ready = bucket.ready;
  }

  /**
   * Takes the logs of a bucket, below its name.
   *
   * @param bucketName of a bucket of this account and region.
   */
  of(bucketName: string): AccessLogTarget {
    this.sources.push(bucketName);
    return { bucketName: this.bucketName, prefix: `${bucketName}/`, ready: this.ready };
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
