import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { BUNDLE_INPUTS, BUNDLE_OPTIONS } from "../../../modules/lib/bundle";
import { cachedFiles } from "../../../modules/lib/cached-files";
import { FUNCTION_NAMES } from "../../../modules/lib/naming";
import { inProject, PROJECT_ROOT } from "../../../modules/lib/project";

let root: string;
let made: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "commerce-lake-cache-"));
  made = 0;
  mkdirSync(join(root, "src", "lib"), { recursive: true });
  writeFileSync(join(root, "src", "lib", "a.ts"), "one");
  writeFileSync(join(root, "lock.json"), "{}");
});
afterEach(() => rmSync(root, { recursive: true }));

function ask(inputs: readonly string[] = ["src", "lock.json"]): string {
  const files = cachedFiles({ folder: join(root, "cache"), inputs, root }, () => {
    made += 1;
    return new Map([["out.zip", Buffer.from(`made ${made}`)]]);
  });
  return Buffer.from(files.get("out.zip") ?? []).toString();
}

test("nothing is made twice of the same files, whenever they were written", () => {
  expect(ask()).toBe("made 1");
  utimesSync(join(root, "src", "lib", "a.ts"), 1, 1);
  expect(ask()).toBe("made 1");
});

test.each([
  ["a content", () => writeFileSync(join(root, "src", "lib", "a.ts"), "two")],
  ["a name", () => writeFileSync(join(root, "src", "lib", "b.ts"), "")],
  ["a single file", () => writeFileSync(join(root, "lock.json"), "[]")],
])("%s that changed makes it anew", (_, change) => {
  ask();
  change();
  expect(ask()).toBe("made 2");
  expect(ask()).toBe("made 2");
});

test("without one of its inputs nothing is kept", () => {
  expect([ask(["src", "missing"]), ask(["src", "missing"])]).toEqual(["made 1", "made 2"]);
});

test("old results go", () => {
  for (let number = 0; number < 8; number += 1) {
    writeFileSync(join(root, "lock.json"), String(number));
    ask();
  }
  expect(readdirSync(join(root, "cache"))).toHaveLength(5);
});

test("esbuild reads nothing for a bundle but what the cache asks for", () => {
  const { metafile } = buildSync({
    entryPoints: FUNCTION_NAMES.map((name) => inProject("functions", name, "index.ts")),
    absWorkingDir: PROJECT_ROOT,
    outdir: "out",
    write: false,
    metafile: true,
    ...BUNDLE_OPTIONS,
  });
  const isKnown = (read: string) =>
    // What lies in node_modules is what its lockfile says.
    read.includes("node_modules/") || BUNDLE_INPUTS.some((input) => read === input || read.startsWith(`${input}/`));
  expect(Object.keys(metafile.inputs).filter((read) => !isKnown(read))).toEqual([]);
});
