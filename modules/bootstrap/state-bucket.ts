import { Construct } from "constructs";
import { AccessLogs } from "../lake";
import { SecureBucket } from "../lib/secure-bucket";
import { wholeNumber } from "../lib/whole-number";

/** What a state bucket is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** Days for which an earlier state can be had back. */
  noncurrentDays: 90,
  /** Days after which access logs are deleted. */
  accessLogDays: 365,
});

export interface StateBucketProps {
  /** Name of the bucket, unique in the world. */
  readonly bucketName: string;
  /** Days for which an earlier state can be had back, at least 1. @default 90 */
  readonly noncurrentDays?: number;
  /** Days after which access logs are deleted, at least 1. @default 365 */
  readonly accessLogDays?: number;
}

const DAYS = { min: 1, max: 36_500 };

/**
 * The bucket of Terraform's state: every state is kept as a version, encrypted, over TLS 1.2 or newer only, and who asked for it is logged.
 * Locks are objects beside the states (`use_lockfile`), so that no table is needed.
 *
 * @example
 * new StateBucket(this, "State", { bucketName: "my-terraform-state-111111111111" });
 */
export class StateBucket extends Construct {
  readonly bucketName: string;

  /** @throws ConfigurationError on a name that S3 would refuse, or on days that cannot be. */
  constructor(scope: Construct, id: string, props: StateBucketProps) {
    super(scope, id);
    const days = (option: keyof typeof DEFAULTS) =>
      wholeNumber(this, option, props[option] ?? DEFAULTS[option], DAYS, DEFAULTS[option]);
    const logs = new AccessLogs(this, "AccessLogs", {
      bucketName: `${props.bucketName}-logs`,
      destroyData: false,
      expireDays: days("accessLogDays"),
    });
    const bucket = new SecureBucket(this, "Bucket", {
      bucketName: props.bucketName,
      tags: { classification: "confidential", source: "all" },
      destroyData: false,
      accessLogs: logs.of(props.bucketName),
      lifecycle: [
        {
          id: "earlier-states",
          status: "Enabled",
          filter: [{ prefix: "" }],
          noncurrentVersionExpiration: [{ noncurrentDays: days("noncurrentDays") }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
          // A lock that was given back leaves a marker behind.
          expiration: [{ expiredObjectDeleteMarker: true }],
        },
      ],
    });
    this.bucketName = bucket.bucketName;
  }
}
