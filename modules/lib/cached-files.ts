import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What belongs together under one name. */
export type Files = ReadonlyMap<string, Uint8Array>;

export interface CacheProps {
  /** Where results are kept; nothing else may lie there. */
  readonly folder: string;
  /** Files, and folders with all their files, on which the result depends and on nothing else; relative to `root`. */
  readonly inputs: readonly string[];
  readonly root: string;
}

/** Results that are kept, the newest: branches of the code, each with its own. */
const KEPT = 5;

/**
 * Files made of others, made anew only where those changed: their names and contents count, not their times. Where an input is
 * missing, nothing is kept.
 *
 * @param make gives the files.
 */
export function cachedFiles({ folder, inputs, root }: CacheProps, make: () => Files): Files {
  if (!inputs.every((input) => existsSync(join(root, input)))) return make();
  const kept = join(folder, hashOf(root, inputs));
  const known = read(kept);
  if (known !== undefined) return known;
  const files = make();
  keep(files, folder, kept);
  return files;
}

function hashOf(root: string, inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of inputs.flatMap((input) => filesOf(root, input))) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** A file itself, or the files of a folder in the order of their paths. */
function filesOf(root: string, input: string): string[] {
  if (!statSync(join(root, input)).isDirectory()) return [input];
  return readdirSync(join(root, input))
    .sort()
    .flatMap((name) => filesOf(root, join(input, name)));
}

function read(folder: string): Files | undefined {
  try {
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  } catch {
    // Not there, or removed while it was read: it can be made again.
    return undefined;
  }
}

function keep(files: Files, folder: string, kept: string): void {
  mkdirSync(folder, { recursive: true });
  const unfinished = mkdtempSync(join(folder, "unfinished-"));
  for (const [name, content] of files) writeFileSync(join(unfinished, name), content);
  try {
    renameSync(unfinished, kept);
  } catch {
    // Somebody else was faster, and made the same.
    rmSync(unfinished, { recursive: true });
  }
  const newestFirst = readdirSync(folder)
    .map((name) => ({ name, time: statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((one, other) => other.time - one.time);
  for (const { name } of newestFirst.slice(KEPT)) rmSync(join(folder, name), { recursive: true, force: true });
}
