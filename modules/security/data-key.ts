import type { Construct } from "constructs";
import { EncryptionKey, type EncryptionKeyProps } from "../lib/encryption-key";

export interface DataKeyProps extends Pick<EncryptionKeyProps, "deletionDays"> {
  /** Alias, without `alias/`: letters, digits, `/`, `_` and `-`. */
  readonly alias: string;
}

/**
 * The lake's own KMS key: its use shows in CloudTrail, and who may not use it reads nothing.
 *
 * @example
 * const key = new DataKey(this, "DataKey", { alias: "data-lake-prod" });
 * new Lake(this, "Lake", { bucketName, kmsKeyArn: key.keyArn });
 */
export class DataKey extends EncryptionKey {
  /** @throws ConfigurationError on an alias or a deletion window that KMS would refuse. */
  constructor(scope: Construct, id: string, props: DataKeyProps) {
    super(scope, id, { ...props, description: "Encrypts the objects of the lake" });
  }
}
