import { KmsAlias } from "@cdktf/provider-aws/lib/kms-alias";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { ConfigurationError } from "../lib/errors";
import { accountDecides } from "../lib/key-policy";
import { dataTags } from "../lib/tags";

export interface DataKeyProps {
  /** Alias, without `alias/`: letters, digits, `/`, `_` and `-`. */
  readonly alias: string;
  /** Days between the order to delete the key and its end, 7–30. Without it nothing that it encrypted can ever be read. @default 30 */
  readonly deletionDays?: number;
}

export const DATA_KEY_DEFAULTS = Object.freeze({ deletionDays: 30 });

/** @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html */
const ALIAS = /^(?!aws\/)[A-Za-z0-9/_-]{1,250}$/;

/**
 * The lake's own KMS key, for those who want to say themselves who may decrypt, and to see it in CloudTrail. It changes its material
 * every year.
 *
 * @example
 * const key = new DataKey(this, "DataKey", { alias: "data-lake-prod" });
 * new Lake(this, "Lake", { bucketName, kmsKeyArn: key.keyArn });
 */
export class DataKey extends Construct {
  readonly keyArn: string;

  /** @throws ConfigurationError on an alias or a deletion window that KMS would refuse. */
  constructor(scope: Construct, id: string, props: DataKeyProps) {
    super(scope, id);
    const deletionDays = props.deletionDays ?? DATA_KEY_DEFAULTS.deletionDays;
    if (!Number.isInteger(deletionDays) || deletionDays < 7 || deletionDays > 30) {
      throw new ConfigurationError(this, {
        rule: "a key ends 7 to 30 days after its deletion was ordered",
        received: deletionDays,
        remedy: `choose one in the range, or leave it out for ${DATA_KEY_DEFAULTS.deletionDays}`,
      });
    }
    if (!ALIAS.test(props.alias)) {
      throw new ConfigurationError(this, {
        rule: 'an alias has 1 to 250 letters, digits, "/", "_" or "-", and does not begin with "aws/"',
        received: props.alias,
        remedy: 'write it like "data-lake-prod", without "alias/" before it',
      });
    }
    const key = new KmsKey(this, "Key", {
      description: "Encrypts the objects of the lake",
      enableKeyRotation: true,
      deletionWindowInDays: deletionDays,
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [accountDecides(this)],
      }),
      tags: dataTags({ classification: "restricted", source: "all" }),
    });
    new KmsAlias(this, "Alias", { name: `alias/${props.alias}`, targetKeyId: key.keyId });
    this.keyArn = key.arn;
  }
}
