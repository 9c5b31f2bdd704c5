import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket";
import {
  S3BucketLifecycleConfiguration,
  type S3BucketLifecycleConfigurationRule,
} from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration";
import { S3BucketLoggingA } from "@cdktf/provider-aws/lib/s3-bucket-logging";
import { S3BucketOwnershipControls } from "@cdktf/provider-aws/lib/s3-bucket-ownership-controls";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration";
import { S3BucketVersioningA } from "@cdktf/provider-aws/lib/s3-bucket-versioning";
import { Fn, type ITerraformDependable, Lazy } from "cdktf";
import { Construct } from "constructs";
import { destroysData } from "./data-deletion";
import { checkedName } from "./naming";
import { type DataTags, dataTags } from "./tags";

/** A statement of a bucket's policy that lets a service in, as IAM spells it. */
export interface BucketStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: { readonly Service: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A bucket that takes access logs. */
export interface AccessLogTarget {
  readonly bucketName: string;
  readonly prefix: string;
  /** What has to be there before S3 may write to it. */
  readonly ready: ITerraformDependable[];
}

export interface SecureBucketProps {
  /** Unique in the world. */
  readonly bucketName: string;
  readonly tags: DataTags;
  /** ARN of the KMS key of its objects; without it, S3's own keys encrypt them (SSE-S3). */
  readonly kmsKeyArn?: string;
  /** Whether it is destroyed with all that is in it. */
  readonly destroyData: boolean;
  /** How its objects age; without it, they do not. */
  readonly lifecycle?: readonly S3BucketLifecycleConfigurationRule[];
  /** What lets services in; given the bucket's ARN, when everything else is built. */
  readonly allow?: (bucketArn: string) => readonly BucketStatement[];
  /** Where S3 writes who asked for what; without it, nowhere. */
  readonly accessLogs?: AccessLogTarget;
}

/**
 * A bucket as all of ours are: versioned, encrypted by the one key it should be, private by all four blocks, without ACLs, over TLS
 * 1.2 or newer only.
 *
 * @example
 * const bucket = new SecureBucket(this, "Bucket", { bucketName, destroyData: false, tags: { classification: "internal", source: "all" } });
 */
export class SecureBucket extends Construct {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** What an object depends on: nothing is stored before the rules are in place. */
  readonly ready: ITerraformDependable[];

  /** @throws ConfigurationError on a bucket name that S3 would refuse. */
  constructor(scope: Construct, id: string, props: SecureBucketProps) {
    super(scope, id);
    const bucket = new S3Bucket(this, "Bucket", {
      bucket: checkedName("bucket", props.bucketName),
      forceDestroy: destroysData(this, props.destroyData),
      tags: dataTags(props.tags),
    });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;

    const versioning = new S3BucketVersioningA(this, "Versioning", {
      bucket: bucket.id,
      versioningConfiguration: { status: "Enabled" },
    });
    const { kmsKeyArn } = props;
    const encryption = new S3BucketServerSideEncryptionConfigurationA(this, "Encryption", {
      bucket: bucket.id,
      rule: [
        kmsKeyArn === undefined
          ? { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }
          : {
              applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn },
              // One call to KMS for many objects: without it, each object is a request to pay for.
              bucketKeyEnabled: true,
            },
      ],
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
      policy: Lazy.stringValue({
        produce: () =>
          Fn.jsonencode({
            Version: "2012-10-17",
            Statement: [
              ...(props.allow?.(this.bucketArn) ?? []),
              ...this.transportRules(),
              ...this.encryptionRules(kmsKeyArn),
            ],
          }),
      }),
      // S3 lets one change at a time through to a bucket's access settings.
      dependsOn: [privacy, ownership],
    });
    if (props.lifecycle !== undefined) {
      new S3BucketLifecycleConfiguration(this, "Lifecycle", {
        bucket: bucket.id,
        rule: [...props.lifecycle],
        // Rules on noncurrent versions mean something only once there are versions.
        dependsOn: [versioning],
      });
    }
    if (props.accessLogs !== undefined) {
      new S3BucketLoggingA(this, "AccessLogs", {
        bucket: bucket.id,
        targetBucket: props.accessLogs.bucketName,
        targetPrefix: props.accessLogs.prefix,
        dependsOn: props.accessLogs.ready,
      });
    }
    this.ready = [versioning, encryption, policy];
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

  /**
   * An upload that names no encryption gets the bucket's own; one that names another is refused.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
   */
  private encryptionRules(kmsKeyArn: string | undefined) {
    const header = "s3:x-amz-server-side-encryption";
    const deny = (Sid: string, name: string, allowed: string) => ({
      Sid,
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObject",
      Resource: `${this.bucketArn}/*`,
      // Negated operators also match where the header is missing, which is as it should be and must pass.
      Condition: { StringNotEquals: { [name]: allowed }, Null: { [name]: "false" } },
    });
    return [
      deny("DenyOtherEncryption", header, kmsKeyArn === undefined ? "AES256" : "aws:kms"),
      ...(kmsKeyArn === undefined ? [] : [deny("DenyOtherKeys", `${header}-aws-kms-key-id`, kmsKeyArn)]),
      {
        Sid: "DenyKeysOfUploaders",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:PutObject",
        Resource: `${this.bucketArn}/*`,
        Condition: { Null: { [`${header}-customer-algorithm`]: "false" } },
      },
    ];
  }
}
