import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { type Statement, Synthesis, statements } from "../../../cli/stack/synthesis";
import { commerceLake } from "../../../main";

export * from "../../../cli/stack/synthesis";

/** Synthesizes what `build` adds to an empty stack, validations included. */
export function synthesize(build: (stack: TerraformStack) => void): Synthesis {
  const stack = new TerraformStack(Testing.app(), "test");
  new AwsProvider(stack, "Aws", { region: "us-east-1" });
  build(stack);
  return new Synthesis(JSON.parse(Testing.synth(stack, true)));
}

const environments = new Map<string, Synthesis>();

/** Synthesizes the stack of an environment exactly as `main.ts` does. */
export function synthesizeEnvironment(name: string): Synthesis {
  const known = environments.get(name);
  if (known !== undefined) return known;
  const outdir = mkdtempSync(join(tmpdir(), "commerce-lake-synth-"));
  try {
    commerceLake([name], outdir).synth();
    const file = join(outdir, "stacks", `commerce-lake-${name}`, "cdk.tf.json");
    const synthesis = new Synthesis(JSON.parse(readFileSync(file, "utf8")));
    environments.set(name, synthesis);
    return synthesis;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** What the role of a function or job may do, by the name that `names.role` was given. */
export function rightsOf(stack: Synthesis, of: string): Statement[] {
  const role = stack.every("aws_iam_role").find(({ name }) => String(name).startsWith(`commerce-lake-${of}-`));
  if (role === undefined) throw new Error(`no role of ${of}`);
  return statements(stack.find("aws_iam_role_policy", "role", `\${${role.address}.id}`).policy);
}
