import path from "node:path";

/** The project's folder. */
export const ROOT = path.resolve(__dirname, "../..");

/** Everything that is installed or written beside the sources. */
export const LOCAL = path.join(ROOT, ".local");

/** One folder a run: Terraform's state, logs, what the local AWS keeps. `LAKE_RUNS` puts them elsewhere. */
export const RUNS = process.env.LAKE_RUNS ? path.resolve(process.env.LAKE_RUNS) : path.join(LOCAL, "run");

/** One folder an environment: what is planned of it. `LAKE_PLANS` puts them elsewhere. */
export const PLANS = process.env.LAKE_PLANS ? path.resolve(process.env.LAKE_PLANS) : path.join(LOCAL, "plan");

/** The project's Python. */
export const VENV_BIN = path.join(LOCAL, "venv", "bin");

/**
 * @param value a path as a person typed it
 * @returns it as an absolute path: npm runs scripts in the project's folder, and says in INIT_CWD where the person is
 */
export function userPath(value: string): string {
  return path.resolve(process.env.INIT_CWD ?? process.cwd(), value);
}

/**
 * @param file an absolute path
 * @returns the path as a person reads it best: from the working folder where it lies below
 */
export function shownPath(file: string): string {
  const relative = path.relative(process.env.INIT_CWD ?? process.cwd(), file);
  return relative.startsWith("..") ? file : relative;
}
