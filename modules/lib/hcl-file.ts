import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ISynthesisSession, TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";

/**
 * What cdktf leaves out of its HCL (`cdktf synth --hcl`), in a file of its own beside it. Where JSON is synthesized, nothing is written.
 *
 * @example new HclFile(stack, "Versions", 'terraform {\n  required_version = ">= 1.11.0"\n}\n');
 */
export class HclFile extends Construct {
  /** @param hcl the content, or what gives it once the stack is whole; references are written out. Nothing is written where it is empty. */
  constructor(scope: Construct, id: string, hcl: string | (() => string)) {
    super(scope, id);
    const stack = TerraformStack.of(this);
    addCustomSynthesis(this, {
      onSynthesize: ({ manifest, outdir }: ISynthesisSession) => {
        if (!manifest.hclOutput) return;
        const content = typeof hcl === "string" ? hcl : hcl();
        if (content === "") return;
        const folder = join(outdir, manifest.forStack(stack).workingDirectory);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `${stack.getLogicalId(this.node)}.tf`), content);
      },
    });
  }
}
