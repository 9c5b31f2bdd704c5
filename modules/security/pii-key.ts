import { SecretsmanagerSecret } from "@cdktf/provider-aws/lib/secretsmanager-secret";
import { SecretsmanagerSecretVersion } from "@cdktf/provider-aws/lib/secretsmanager-secret-version";
import { Construct } from "constructs";
import { destroysData } from "../lib/data-deletion";
import { ConfigurationError } from "../lib/errors";
import { checkedName } from "../lib/naming";
import type { Grantee } from "../lib/service-role";
import { dataTags } from "../lib/tags";
import { EphemeralPassword } from "./ephemeral-password";

/** What a key is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** Characters; letters and digits carry almost 6 bits each, so that 64 are worth more than the 256 bits that the hash uses. */
  length: 64,
  /** Raise it to have a new key made. */
  version: 1,
  /** Days for which a deleted key can be had back. */
  recoveryDays: 30,
});

export interface PiiKeyProps {
  /** Physical name of the secret. */
  readonly name: string;
  /**
   * Raised by one, a new key is made at the next apply. **Pseudonyms change with it**: the curated tables are rebuilt from
   * processed afterwards. @default 1
   */
  readonly version?: number;
  /** Days for which a deleted key can be had back: 7–30, or 0, which takes `permitDataDeletion` as well. @default 30 */
  readonly recoveryDays?: number;
}

/**
 * The key of the pseudonyms. Terraform makes the value and passes it on without keeping it: it is in no state, no plan and no
 * output, and only Secrets Manager and the job that reads it ever see it.
 */
export class PiiKey extends Construct {
  readonly secretName: string;
  readonly secretArn: string;

  /** @throws ConfigurationError on a version or a recovery window that cannot be. */
  constructor(scope: Construct, id: string, props: PiiKeyProps) {
    super(scope, id);
    const version = props.version ?? DEFAULTS.version;
    const recoveryDays = props.recoveryDays ?? DEFAULTS.recoveryDays;
    if (!Number.isInteger(version) || version < 1) {
      throw new ConfigurationError(this, {
        rule: "versions of the key count up from 1",
        received: version,
        remedy: "raise the version by one to have a new key made",
      });
    }
    // @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    if (recoveryDays !== 0 && (!Number.isInteger(recoveryDays) || recoveryDays < 7 || recoveryDays > 30)) {
      throw new ConfigurationError(this, {
        rule: "a deleted secret can be had back for 7 to 30 days, or not at all (0)",
        received: recoveryDays,
        remedy: `choose one in the range, or leave it out for ${DEFAULTS.recoveryDays}`,
      });
    }

    destroysData(this, recoveryDays === 0, "recoveryDays: 0");

    const secret = new SecretsmanagerSecret(this, "Secret", {
      name: checkedName("secret", props.name),
      description: "Key of the hash that makes pseudonyms of customer ids",
      recoveryWindowInDays: recoveryDays,
      tags: dataTags({ classification: "restricted", source: "all" }),
    });
    const password = new EphemeralPassword(this, "Value", { length: DEFAULTS.length });
    new SecretsmanagerSecretVersion(this, "Version", {
      secretId: secret.id,
      secretStringWo: password.value,
      secretStringWoVersion: version,
    });
    this.secretName = secret.name;
    this.secretArn = secret.arn;
  }

  /** May read the key. */
  grantRead(role: Grantee): void {
    role.allow({ sid: `Read${this.node.id}`, actions: ["secretsmanager:GetSecretValue"], resources: [this.secretArn] });
  }
}
