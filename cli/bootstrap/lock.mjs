// @ts-check
/** One installation at a time: two commands started together must not trample on each other's files. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const RETRY_MS = 250;

/**
 * @param {unknown} error
 * @param {string} code
 */
const hasCode = (error, code) => error instanceof Error && "code" in error && error.code === code;

/**
 * @param {string} file
 * @returns {number | undefined} the holder's process id; undefined where nobody holds the lock
 */
function holder(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/**
 * @param {string} file
 * @returns {boolean} whether this process holds the lock now
 */
function tryAcquire(file) {
  // The file appears together with its content, so that nobody reads it empty.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/**
 * Removes the lock of a process that died. Moved aside first and read again, for another process may have done the same
 * and hold the lock by now: then it gets it back.
 *
 * @param {string} file
 */
function clearStale(file) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  if (isAlive(holder(aside) ?? 0)) linkSync(aside, file);
  rmSync(aside, { force: true });
}

/**
 * Does some work while holding the lock.
 *
 * @template T
 * @param {string} file the lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryAcquire(file)) {
    const pid = holder(file);
    if (pid !== undefined && !isAlive(pid)) {
      clearStale(file);
      continue;
    }
    if (!told && pid !== undefined) {
      console.error(
        `  … waiting for the installation that process ${pid} does (if that is no such thing, delete ${file})`,
      );
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  const release = () => rmSync(file, { force: true });
  process.on("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}
