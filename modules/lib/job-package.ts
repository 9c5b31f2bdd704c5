import { readdirSync, readFileSync } from "node:fs";
import { extname, join, posix } from "node:path";
import { inProject } from "./project";
import { zip } from "./zip";

/** The Python package that the jobs share, as Glue puts it on their path. */
export const PACKAGE_NAME = "commerce_lake";

/** Ends of the names of what the jobs are made of. */
export const CODE: ReadonlySet<string> = new Set([".py", ".json", ".csv", ".typed"]);
const DATA = new Set([".json", ".csv"]);

let cached: Uint8Array | undefined;

/**
 * The jobs' package with the contracts inside it, as a zip for `--extra-py-files`.
 *
 * In the project `commerce_lake/contracts` is a link to `contracts/`; the zip holds the files themselves.
 */
export function jobPackage(): Uint8Array {
  cached ??= zip(
    new Map([
      ...files(inProject("jobs", PACKAGE_NAME), PACKAGE_NAME, CODE),
      ...files(inProject("contracts"), posix.join(PACKAGE_NAME, "contracts"), DATA),
    ]),
  );
  return cached;
}

/** The script of a job. */
export function jobScript(name: string): Uint8Array {
  return readFileSync(inProject("jobs", `${name}.py`));
}

/** Files under a folder by the path they get in the archive; links are not followed. */
function* files(folder: string, target: string, extensions: ReadonlySet<string>): Generator<[string, Uint8Array]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const source = join(folder, entry.name);
    const path = posix.join(target, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "__pycache__") yield* files(source, path, extensions);
    } else if (entry.isFile() && extensions.has(extname(entry.name))) {
      yield [path, readFileSync(source)];
    }
  }
}
