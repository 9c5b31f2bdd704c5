import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { hasCode, SetupError } from "./errors";
import type { RunningLocal } from "./local-aws";
import { RUNS, shownPath } from "./paths";
import { isAlive } from "./processes";

/** Where `npm run local` says that it is there. */
const FILE = path.join(RUNS, "local.json");

/** How long the endpoint may take to answer, in milliseconds. */
const PATIENCE_MS = 5_000;

const START_IT = "  try   npm run local, in another terminal, and leave it up";

/**
 * Lets other commands find the local AWS.
 *
 * @returns takes the entry back
 */
export function announce(local: RunningLocal): () => void {
  mkdirSync(RUNS, { recursive: true });
  const unfinished = `${FILE}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(local, null, 2)}\n`);
  renameSync(unfinished, FILE);
  return () => {
    if (read()?.pid === local.pid) rmSync(FILE, { force: true });
  };
}

function read(): RunningLocal | undefined {
  try {
    return JSON.parse(readFileSync(FILE, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function answers({ endpoint }: RunningLocal): Promise<boolean> {
  try {
    await fetch(endpoint, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) });
    return true;
  } catch {
    return false;
  }
}

/** @returns the local AWS that `npm run local` keeps up; undefined where there is none */
export async function findLocal(): Promise<RunningLocal | undefined> {
  const local = read();
  return local !== undefined && isAlive(local.pid) && (await answers(local)) ? local : undefined;
}

/**
 * @returns the local AWS that `npm run local` keeps up
 * @throws SetupError where none runs, or its entry is of one that has gone
 */
export async function requireLocal(): Promise<RunningLocal> {
  const local = await findLocal();
  if (local) return local;
  const stale = read();
  if (stale === undefined) throw new SetupError(`The local AWS is not running.\n${START_IT}`);
  throw new SetupError(
    `The local AWS is not running: ${shownPath(FILE)} speaks of process ${stale.pid} at ${stale.endpoint}, ` +
      `which ${isAlive(stale.pid) ? "does not answer" : "has ended"}.\n${START_IT}`,
  );
}
