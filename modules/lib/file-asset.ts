import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { type ISynthesisSession, TerraformStack } from "cdktf";
import { addCustomSynthesis } from "cdktf/lib/synthesize/synthesizer";
import { Construct } from "constructs";

export interface FileAssetProps {
  readonly fileName: string;
  readonly content: Uint8Array;
}

/**
 * Bytes made at synthesis, written beside the stack's Terraform for resources to upload. Its path changes with its content
 * and with nothing else; what an earlier synthesis left is removed.
 *
 * (cdktf's `TerraformAsset` takes files that exist already, and its archives keep times and start a process each.)
 */
export class FileAsset extends Construct {
  /** Relative to the stack's folder, as Terraform reads it. */
  readonly path: string;
  /** SHA-256 of the content, base64: what `source_code_hash` and `source_hash` compare. */
  readonly hash: string;

  constructor(scope: Construct, id: string, { fileName, content }: FileAssetProps) {
    super(scope, id);
    const stack = TerraformStack.of(this);
    const digest = createHash("sha256").update(content).digest();
    const folder = posix.join("assets", stack.getLogicalId(this.node));
    this.path = posix.join(folder, digest.toString("hex").slice(0, 32), fileName);
    this.hash = digest.toString("base64");

    addCustomSynthesis(this, {
      onSynthesize: ({ manifest, outdir }: ISynthesisSession) => {
        const base = join(outdir, manifest.forStack(stack).workingDirectory);
        const target = join(base, this.path);
        if (existsSync(target)) return; // its path says what is in it
        rmSync(join(base, folder), { recursive: true, force: true });
        mkdirSync(dirname(target), { recursive: true });
        // Under another name first: a synthesis that is killed leaves no half a file behind for the next one to trust.
        writeFileSync(`${target}.unfinished`, content);
        renameSync(`${target}.unfinished`, target);
      },
    });
  }
}
