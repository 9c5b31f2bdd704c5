import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { synthesize } from "../../../cli/lib/deploy";
import { ROOT } from "../../../cli/lib/paths";

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-deploy-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Synthesizes by a program of its own. */
function synthesized(name: string, program: string): Promise<string[]> {
  const app = path.join(folder, `${name}.ts`);
  writeFileSync(app, program);
  return synthesize("dev", path.join(folder, name, "out"), path.join(folder, name, "synth.log"), app);
}

test(
  "what constructs warn of is handed on, and nothing else that they say",
  async () => {
    const cdktf = JSON.stringify(path.join(ROOT, "node_modules", "cdktf"));
    const program = `
      const { Annotations, App, TerraformStack } = require(${cdktf});
      const app = new App({ stackTraces: false, outdir: process.env.CDKTF_OUTDIR });
      const stack = new TerraformStack(app, "stack-of-" + process.env.LAKE_ENV);
      Annotations.of(stack).addWarning("Nobody looks.");
      Annotations.of(stack).addInfo("It is Tuesday.");
      app.synth();`;
    expect(await synthesized("warning", program)).toEqual(["Nobody looks."]);
  },
  PATIENCE,
);

test(
  "a stack that does not synthesize is told with what was said",
  async () => {
    const program = `console.error("It cannot be."); process.exit(1);`;
    await expect(synthesized("failing", program)).rejects.toThrow(
      /^The stack of dev does not synthesize\.\n {4}It cannot be\.\n {2}log /,
    );
  },
  PATIENCE,
);
