import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../cli/lib/paths";
import project from "../../package.json";

/** Milliseconds: machines have other work. */
const PATIENCE = 180_000;

const EXAMPLES = readdirSync(path.join(ROOT, "examples")).filter((name) => !name.endsWith(".md"));

/** What every file of the package is; all else in the project, tests, environments and the local AWS among it, stays out. */
const PACKED = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^dist\/package\.json$/, // the version, for the modules
  /^dist\/modules\/.+\.(js|d\.ts)$/,
  /^dist\/contracts\/.+\.(js|d\.ts|json)$/,
  /^dist\/jobs\/.+\.(py|json|csv)$/,
  /^dist\/queries\/[a-z_]+\.sql$/,
  /^dist\/functions\/[a-z-]+\.zip$/,
];

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-package-"));
/** Another project, which has installed the package. */
const consumer = path.join(folder, "consumer");
const installed = path.join(consumer, "node_modules", project.name);

/** Runs a program to its end; where it fails, what it said is shown. */
function execute(command: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  const failure = status === 0 ? "" : `${command} ended with ${status}: ${stdout}${stderr}`;
  expect(failure).toBe("");
}

beforeAll(() => {
  execute("npm", ["pack", "--silent", "--pack-destination", folder], ROOT);
  mkdirSync(installed, { recursive: true });
  const archive = path.join(folder, `${project.name}-${project.version}.tgz`);
  execute("tar", ["-xzf", archive, "--strip-components=1"], installed);
  // What npm would install beside it, and nothing more: were anything else needed, it would not be found.
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(path.join(installed, "package.json"), "utf8"));
  for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
    const link = path.join(consumer, "node_modules", name);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.join(ROOT, "node_modules", name), link);
  }
}, PATIENCE);

afterAll(() => rmSync(folder, { recursive: true }));

/** Lets Node load apps one after another, and returns the Terraform of each, by its name. */
function synthesize(app: (example: string) => string, nodeArguments: readonly string[], out: string) {
  const script = EXAMPLES.map(
    (name) =>
      `process.env.CDKTF_OUTDIR = ${JSON.stringify(path.join(out, name))}; require(${JSON.stringify(app(name))});`,
  );
  mkdirSync(out);
  execute(process.execPath, [...nodeArguments, "--eval", script.join("\n")], consumer);
  return Object.fromEntries(
    EXAMPLES.map((name) => {
      const stacks = path.join(out, name, "stacks");
      const [stack = "none"] = readdirSync(stacks);
      return [name, JSON.parse(readFileSync(path.join(stacks, stack, "cdk.tf.json"), "utf8"))];
    }),
  );
}

test("the package holds what modules need, and nothing else of the project", () => {
  const files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(installed, path.join(entry.parentPath, entry.name)));
  expect(files.filter((file) => !PACKED.some((pattern) => pattern.test(file)))).toEqual([]);
  expect(PACKED.filter((pattern) => !files.some((file) => pattern.test(file)))).toEqual([]);
  const text = /\.(js|ts|json|py|csv|sql|md)$/;
  const telling = files.filter(
    (file) => text.test(file) && readFileSync(path.join(installed, file), "utf8").includes(ROOT),
  );
  expect(telling).toEqual([]);
});

test(
  "another project compiles every example against the package's types, and plain Node makes of it what the sources make",
  () => {
    for (const name of EXAMPLES) {
      const source = readFileSync(path.join(ROOT, "examples", name, "main.ts"), "utf8");
      writeFileSync(
        path.join(consumer, `${name}.ts`),
        source.replaceAll(/"\.\.\/\.\.\/(modules\/)?/g, `"${project.name}/`),
      );
    }
    const compilerOptions = { module: "nodenext", target: "es2022", strict: true, skipLibCheck: true, types: [] };
    writeFileSync(path.join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    execute(path.join(ROOT, "node_modules/.bin/tsc"), [], consumer);
    const packed = synthesize((name) => path.join(consumer, `${name}.js`), [], path.join(folder, "packed"));

    const { aws_s3_bucket: buckets, aws_s3_bucket_public_access_block: blocks } = packed.lake.resource;
    const names = Object.values<{ bucket: string }>(buckets).map(({ bucket }) => bucket);
    expect(names.sort()).toEqual(["my-company-lake", "my-company-lake-logs"]);
    expect(Object.keys(blocks)).toHaveLength(2);

    const tsx = pathToFileURL(createRequire(path.join(ROOT, "package.json")).resolve("tsx")).href;
    const source = (name: string) => path.join(ROOT, "examples", name, "main.ts");
    // Hashes of functions and jobs are part of it: they are the same to the byte.
    expect(packed).toEqual(synthesize(source, ["--import", tsx], path.join(folder, "sources")));
  },
  PATIENCE,
);
