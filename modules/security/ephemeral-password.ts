import { TerraformElement } from "cdktf";
import type { Construct } from "constructs";
import { HclFile } from "../lib/hcl-file";

const TYPE = "aws_secretsmanager_random_password";

export interface EphemeralPasswordProps {
  /** Characters, letters and digits. */
  readonly length: number;
}

/**
 * A random password that Terraform asks AWS for during a plan or an apply and forgets afterwards. Only write-only
 * attributes may take its value.
 *
 * cdktf knows no ephemeral resources, so this writes the block, in HCL as a file of its own.
 */
export class EphemeralPassword extends TerraformElement {
  /** The value, as an expression. */
  readonly value: string;
  private readonly length: number;

  constructor(scope: Construct, id: string, { length }: EphemeralPasswordProps) {
    super(scope, id, `ephemeral.${TYPE}`);
    this.length = length;
    this.value = `\${ephemeral.${TYPE}.${this.friendlyUniqueId}.random_password}`;
    new HclFile(
      this,
      "Block",
      `ephemeral "${TYPE}" "${this.friendlyUniqueId}" {
  password_length     = ${length}
  exclude_punctuation = true
}
`,
    );
  }

  override toTerraform() {
    return {
      ephemeral: {
        [TYPE]: { [this.friendlyUniqueId]: { password_length: this.length, exclude_punctuation: true } },
      },
    };
  }
}
