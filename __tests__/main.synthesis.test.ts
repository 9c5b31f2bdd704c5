import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ENVIRONMENT_NAMES } from "../envs";
import { inProject } from "../modules/lib/project";

const run = promisify(execFile);

/** What a synthesis reads. */
const SOURCES = [
  "contracts",
  "envs",
  "functions",
  "jobs",
  "main.ts",
  "modules",
  "package.json",
  "prices",
  "queries",
  "tsconfig.json",
];

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "commerce-lake-clone-"));
  folders.push(folder);
  return folder;
}

/** The project as another clone would have it: elsewhere, its files of another day, its tools' leavings about. */
function clone(day: string): string {
  const folder = emptyFolder();
  for (const source of SOURCES)
    cpSync(inProject(source), join(folder, source), { recursive: true, verbatimSymlinks: true });
  symlinkSync(inProject("node_modules"), join(folder, "node_modules"));
  for (const path of filesOf(folder)) utimesSync(join(folder, path), new Date(day), new Date(day));
  return folder;
}

/** Synthesizes as a person does. */
function synthesize(folder: string, env: NodeJS.ProcessEnv = {}) {
  const tsx = inProject("node_modules", "tsx", "dist", "cli.mjs");
  return run(process.execPath, [tsx, "main.ts"], { cwd: folder, env: { PATH: process.env.PATH, ...env } });
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith("node_modules"))
    .sort();
}

/** Every file of the output with its content's hash. */
function output(folder: string): Record<string, string> {
  const out = join(folder, "cdktf.out");
  return Object.fromEntries(
    filesOf(out).map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(out, path)))
        .digest("hex"),
    ]),
  );
}

test(
  "two clones, in different folders, of different days, in different time zones, give the same bytes",
  async () => {
    const here = clone("2025-01-15T10:00:00Z");
    const there = clone("2031-07-01T23:59:59Z");
    mkdirSync(join(there, "jobs", "commerce_lake", "__pycache__"), { recursive: true });
    writeFileSync(join(there, "jobs", "commerce_lake", "__pycache__", "leavings.cpython-311.pyc"), "");
    await Promise.all([
      synthesize(here, { TZ: "UTC", LANG: "C" }),
      synthesize(there, {
        TZ: "Pacific/Kiritimati",
        LANG: "tr_TR.UTF-8",
        AWS_ENDPOINT_URL: "http://127.0.0.1:1",
        HOME: there,
      }),
    ]);
    const first = output(here);
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(ENVIRONMENT_NAMES.map((name) => `stacks/commerce-lake-${name}/cdk.tf.json`)),
    );
    expect(output(there)).toEqual(first);
  },
  PATIENCE,
);

test(
  "one environment is synthesized where one is asked for, into a folder that need not exist",
  async () => {
    const outdir = join(emptyFolder(), "some", "where");
    await synthesize(inProject(), { LAKE_ENV: "staging", CDKTF_OUTDIR: outdir });
    expect(readdirSync(join(outdir, "stacks"))).toEqual(["commerce-lake-staging"]);
  },
  PATIENCE,
);

test(
  "an environment that does not exist is a sentence, and nothing is written",
  async () => {
    const outdir = join(emptyFolder(), "out");
    await expect(synthesize(inProject(), { LAKE_ENV: "production", CDKTF_OUTDIR: outdir })).rejects.toMatchObject({
      code: 1,
      stdout: "",
      stderr: `There is no environment "production". The environments are ${ENVIRONMENT_NAMES.join(", ")} (envs/).\n`,
    });
    expect(() => readdirSync(outdir)).toThrow(/ENOENT/);
  },
  PATIENCE,
);
