import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { type App, TerraformStack, Testing } from "cdktf";
import { FileAsset } from "../../../modules/lib/file-asset";

const bytes = (text: string) => new TextEncoder().encode(text);

function synth(app: App, content: string): { asset: FileAsset; folder: string } {
  const stack = new TerraformStack(app, "test");
  new AwsProvider(stack, "Aws", { region: "us-east-1" });
  const asset = new FileAsset(stack, "Script", { fileName: "job.py", content: bytes(content) });
  app.synth();
  return { asset, folder: join(app.outdir, "stacks", "test") };
}

test("the bytes lie where the path says, and the hash is theirs", () => {
  const { asset, folder } = synth(Testing.app(), "print('é')");
  expect(readFileSync(join(folder, asset.path), "utf8")).toBe("print('é')");
  expect(asset.hash).toBe(createHash("sha256").update("print('é')").digest("base64"));
  expect(asset.path).toMatch(
    /^assets\/Script_[0-9A-F]+\/[0-9a-f]{32}\/job\.py$|^assets\/Script\/[0-9a-f]{32}\/job\.py$/,
  );
});

test("the path is the content's", () => {
  const paths = ["one", "one", "two"].map((content) => synth(Testing.app(), content).asset.path);
  expect(paths[0]).toBe(paths[1]);
  expect(paths[0]).not.toBe(paths[2]);
});

test("what an earlier synthesis left is gone", () => {
  const outdir = Testing.app().outdir;
  const before = synth(Testing.app({ outdir }), "one");
  const after = synth(Testing.app({ outdir }), "two");
  expect(existsSync(join(after.folder, before.asset.path))).toBe(false);
  expect(readdirSync(join(after.folder, "assets", "Script"))).toHaveLength(1);
});
