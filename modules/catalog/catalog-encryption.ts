import { GlueDataCatalogEncryptionSettings } from "@cdktf/provider-aws/lib/glue-data-catalog-encryption-settings";
import { Construct } from "constructs";
import { EncryptionKey } from "../lib/encryption-key";
import type { Names } from "../lib/naming";
import { ServiceRole } from "../lib/service-role";

export interface CatalogEncryptionProps {
  readonly names: Names;
}

/**
 * Encrypts the Glue catalog and the passwords of connections. **The setting is the whole account's in its region**: one stack may make it.
 *
 * Glue uses the key by a role of its own, so that nobody who reads the catalog, of this stack or of another, needs a right to the key.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html
 */
export class CatalogEncryption extends Construct {
  constructor(scope: Construct, id: string, { names }: CatalogEncryptionProps) {
    super(scope, id);
    const key = new EncryptionKey(this, "Key", {
      alias: names.keyAlias("catalog"),
      description: "Encrypts the Glue catalog",
      classification: "internal",
    });
    const role = new ServiceRole(this, "Role", {
      name: names.role("catalog-encryption"),
      service: "glue.amazonaws.com",
      description: "Encrypts and decrypts the catalog for whoever may read it",
    });
    role.allow({
      sid: "UseKey",
      actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
      resources: [key.keyArn],
    });
    new GlueDataCatalogEncryptionSettings(this, "Settings", {
      dataCatalogEncryptionSettings: {
        encryptionAtRest: {
          catalogEncryptionMode: "SSE-KMS-WITH-SERVICE-ROLE",
          catalogEncryptionServiceRole: role.arn,
          sseAwsKmsKeyId: key.keyArn,
        },
        connectionPasswordEncryption: { awsKmsKeyId: key.keyArn, returnConnectionPasswordEncrypted: true },
      },
      ...(role.policy === undefined ? {} : { dependsOn: [role.policy] }),
    });
  }
}
