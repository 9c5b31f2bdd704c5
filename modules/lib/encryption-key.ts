import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { type Aws, aws } from "./aws";
import { ConfigurationError } from "./errors";
import { type DataTags, dataTags } from "./tags";
import { wholeNumber } from "./whole-number";

/** What a key is unless its props say otherwise. */
export const KEY_DEFAULTS = Object.freeze({
  /** Days between the order to delete the key and its end. */
  deletionDays: 30,
  /** Sensitivity of what it encrypts. */
  classification: "restricted" satisfies DataTags["classification"] as DataTags["classification"],
});

/** What a key lets an AWS service do that uses it on its own behalf, as IAM spells it. */
export interface KeyStatement {
  readonly Sid: string;
  readonly Principal: { readonly Service: string };
  readonly Action: readonly string[];
  /** What narrows it to this account's use of the service. */
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export interface EncryptionKeyProps {
  /** What it encrypts: "Encrypts the objects of the lake". */
  readonly description: string;
  /** Alias, without `alias/`: letters, digits, `/`, `_` and `-`. Without it, the key has its id alone. */
  readonly alias?: string;
  /** Days between the order to delete the key and its end, 7–30. Without it nothing that it encrypted can ever be read. @default 30 */
  readonly deletionDays?: number;
  /** Sensitivity of what it encrypts, for its tag. @default "restricted" */
  readonly classification?: DataTags["classification"];
  /** Services that use it on their own behalf. Roles need no statement: IAM decides about them. */
  readonly allow?: (place: Aws) => readonly KeyStatement[];
}

/** @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
const ALIAS = /^(?!aws\/)[A-Za-z0-9/_-]{1,250}$/;
/** @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
const DELETION_DAYS = { min: 7, max: 30 };

/**
 * A KMS key of one's own, for those who want to say themselves who may decrypt, and to see it in CloudTrail. It has new material every
 * year; what older material encrypted stays readable.
 *
 * @example
 * const key = new EncryptionKey(this, "Key", { alias: "data-lake-prod", description: "Encrypts the objects of the lake" });
 * new Lake(this, "Lake", { bucketName, kmsKeyArn: key.keyArn });
 */
export class EncryptionKey extends Construct {
  readonly keyArn: string;
  readonly keyId: string;

  /** @throws ConfigurationError on an alias or a deletion window that KMS would refuse. */
  constructor(scope: Construct, id: string, props: EncryptionKeyProps) {
    super(scope, id);
    const { alias } = props;
    if (alias !== undefined && !ALIAS.test(alias)) {
      throw new ConfigurationError(this, {
        rule: 'an alias has 1 to 250 letters, digits, "/", "_" or "-", and does not begin with "aws/"',
        received: alias,
        remedy: 'write it like "data-lake-prod", without "alias/" before it',
      });
    }
    const place = aws(this);
    const key = new KmsKey(this, "Key", {
      description: props.description,
      enableKeyRotation: true,
      deletionWindowInDays: wholeNumber(
        this,
        "deletionDays of a key",
        props.deletionDays ?? KEY_DEFAULTS.deletionDays,
        DELETION_DAYS,
        KEY_DEFAULTS.deletionDays,
      ),
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [
          // Without it nobody could ever change the key again. It gives nothing by itself: IAM decides within the account.
          {
            Sid: "AccountDecides",
            Effect: "Allow",
            Principal: { AWS: `arn:${place.partition}:iam::${place.account}:root` },
            Action: "kms:*",
            Resource: "*", // this key: a key's policy speaks of nothing else
          },
          ...(props.allow?.(place) ?? []).map((statement) => ({ ...statement, Effect: "Allow", Resource: "*" })),
        ],
      }),
      tags: dataTags({ classification: props.classification ?? KEY_DEFAULTS.classification, source: "all" }),
    });
    if (alias !== undefined) new KmsAlias(this, "Alias", { name: `alias/${alias}`, targetKeyId: key.keyId });
    this.keyArn = key.arn;
    this.keyId = key.keyId;
  }
}
