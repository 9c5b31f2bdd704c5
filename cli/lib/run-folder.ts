import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { hasCode } from "./errors";
import { RUNS } from "./paths";
import { isAlive } from "./processes";

/** Folders of earlier runs that are kept, for people to look at. */
const KEPT = 5;

/** Names who works in a folder. */
const OWNER = "owner.pid";

/**
 * Makes the folder of a new run, and removes those of old ones that nobody works in.
 *
 * @param command that runs
 * @returns its path
 */
export function newRunFolder(command: string): string {
  mkdirSync(RUNS, { recursive: true });
  removeOld();
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const folder = path.join(RUNS, `${command}-${time}-${process.pid}`);
  mkdirSync(folder);
  writeFileSync(path.join(folder, OWNER), String(process.pid));
  return folder;
}

function removeOld(): void {
  const over = readdirSync(RUNS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(RUNS, name))
    .filter((folder) => !isInUse(folder))
    // The names begin with different commands: by what comes after.
    .sort((a, b) => startOf(a).localeCompare(startOf(b)));
  for (const folder of over.slice(0, Math.max(0, over.length - KEPT + 1)))
    rmSync(folder, { recursive: true, force: true });
}

const startOf = (folder: string) => path.basename(folder).replace(/^[a-z]+-/, "");

function isInUse(folder: string): boolean {
  try {
    return isAlive(Number(readFileSync(path.join(folder, OWNER), "utf8")));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
