import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { DeleteObjectCommand, ListBucketsCommand, ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { LocalAws } from "../../cli/lib/local-aws";
import { ROOT } from "../../cli/lib/paths";
import { run } from "../../cli/lib/processes";
import { terraformIn } from "../plans/support/tools";

/** Milliseconds: the provider alone waits 25 seconds for a queue, and machines have other work. */
const PATIENCE = 600_000;

const directories = (folder: string) =>
  readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** The lake's example has a test of its own, which looks at what was made. */
const EXAMPLES = directories("examples").filter((name) => name !== "lake");

/** Those that are used as no environment uses them: these are applied here. `__tests__/plans` applies what the others are made of. */
const APPLIED = ["catalog", "orchestration", "security"];

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-examples-"));
let aws: LocalAws;

beforeAll(async () => {
  aws = await LocalAws.start(folder);
}, PATIENCE);

afterAll(async () => {
  await aws?.stop();
  rmSync(folder, { recursive: true });
}, PATIENCE);

/** Synthesizes an example as its reader does, and returns the one stack of it. */
async function synthesize(example: string): Promise<string> {
  const tsx = createRequire(path.join(ROOT, "package.json")).resolve("tsx");
  const out = path.join(folder, example);
  const synthesis = await run(
    process.execPath,
    ["--import", pathToFileURL(tsx).href, path.join(ROOT, "examples", example, "main.ts")],
    { cwd: folder, env: { ...process.env, CDKTF_OUTDIR: out }, log: path.join(folder, `${example}.log`) },
  );
  expect([example, synthesis.code]).toEqual([example, 0]);
  const [stack, ...others] = readdirSync(path.join(out, "stacks"));
  expect(others).toEqual([]);
  return path.join(out, "stacks", String(stack));
}

/** Takes the objects out of the example's buckets: what S3 logged on the way protects a bucket as data does. */
async function emptyBuckets(of: string): Promise<void> {
  const { endpoint } = aws.local;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const s3 = new S3Client({ endpoint, region: "eu-central-1", credentials, forcePathStyle: true });
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  for (const { Name: Bucket = "" } of Buckets.filter(({ Name }) => Name?.includes(of))) {
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    for (const { Key, VersionId } of Versions) await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }
}

test("every module has an example, a README that shows its use, and a place in the examples' table", () => {
  const modules = directories("modules").filter((name) => name !== "lib");
  const table = readFileSync(path.join(ROOT, "examples/README.md"), "utf8");
  for (const module of modules) {
    expect([module, existsSync(path.join(ROOT, "examples", module, "main.ts"))]).toEqual([module, true]);
    expect([module, table.includes(`[${module}](${module}/main.ts)`)]).toEqual([module, true]);
    const readme = readFileSync(path.join(ROOT, "modules", module, "README.md"), "utf8");
    expect([module, /```ts\n[^`]*\bnew \w+\(/.test(readme)]).toEqual([module, true]);
  }
});

test.concurrent.each(EXAMPLES)(
  "%s: synthesized, and valid for Terraform",
  async (example) => {
    const stack = await synthesize(example);
    const terraform = terraformIn(stack, path.join(folder, `${example}-work`), aws.local);
    await terraform(["init"]);
    const { stdout } = await terraform(["validate", "-json"]);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, diagnostics: [] });
    if (!APPLIED.includes(example)) return;

    await terraform(["apply", "-auto-approve"]);
    const { stdout: plan } = await terraform(["plan", "-detailed-exitcode", "-no-color"]);
    expect(plan).toContain("No changes.");
    await emptyBuckets(example);
    await terraform(["destroy", "-auto-approve"]).catch(async () => {
      // S3 logged something on the way.
      await emptyBuckets(example);
      await terraform(["destroy", "-auto-approve"]);
    });
    const state = readFileSync(path.join(folder, `terraform.${path.basename(stack)}.tfstate`), "utf8");
    expect(JSON.parse(state).resources).toEqual([]);
  },
  PATIENCE,
);
