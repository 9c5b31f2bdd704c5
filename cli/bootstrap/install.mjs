// @ts-check
/**
 * What package registries supply, installed inside the project. Each part says why it is not ready (`stale`) and makes
 * itself ready (`install`); a part that was interrupted is not ready.
 */
import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { withLock } from "./lock.mjs";
import { runStep, SetupError } from "./progress.mjs";

/**
 * @typedef {import("./tools.mjs").Tools} Tools
 * @typedef {object} Part
 * @property {string} title
 * @property {(tools: Tools, command: string) => boolean} wanted whether a command with these tools needs it
 * @property {(root: string) => string | undefined} stale why it must be installed; undefined where it is ready
 * @property {(root: string, tools: Tools) => Promise<void>} install
 */

/** @param {string} file */
const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** @param {string} file */
const hashOf = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** @param {string} file */
async function streamedHashOf(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * @param {string} root
 * @param {string} name
 */
const logOf = (root, name) => path.join(root, ".local", "logs", `install-${name}.log`);

/**
 * A stamp says for which version of its list a folder was installed, and is written last.
 *
 * @param {string} folder
 */
const stampOf = (folder) => path.join(folder, ".installed-for");

/**
 * @param {string} folder
 * @param {string} list
 * @returns {string | undefined}
 */
function staleStamp(folder, list) {
  if (!existsSync(folder)) return "not installed";
  if (!existsSync(stampOf(folder))) return "an earlier installation did not finish";
  return readFileSync(stampOf(folder), "utf8") === hashOf(list) ? undefined : `${path.basename(list)} changed`;
}

/** @type {Part} */
const npmPackages = {
  title: "npm packages",
  wanted: () => true,
  /** npm records what it installed, last of all, in a lockfile of its own: the two must agree. */
  stale(root) {
    const record = path.join(root, "node_modules", ".package-lock.json");
    if (!existsSync(record)) return "not installed";
    const wanted = readJson(path.join(root, "package-lock.json")).packages;
    const installed = readJson(record).packages;
    for (const [place, { version, optional }] of Object.entries(wanted)) {
      if (place === "") continue;
      const there = installed[place];
      // Optional packages of other platforms are never installed.
      if (there === undefined ? !optional : there.version !== version) return "package-lock.json changed";
    }
    return undefined;
  },
  /**
   * Exactly what the lock says, as `npm ci` would; but that refuses a lock which lacks the optional packages of a platform
   * other than its author's.
   */
  install(root) {
    return runStep({
      title: this.title,
      command: "npm",
      args: ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=http"],
      cwd: root,
      env: process.env,
      log: logOf(root, "npm"),
      hint: "is the npm registry reachable? `npm ping` tells; behind a proxy: npm config set proxy URL",
    });
  },
};

/** @param {string} venv */
const pythonOf = (venv) => path.join(venv, "bin", "python");

/**
 * A virtual environment below `.local`, of the packages that a list pins.
 *
 * @param {{ title: string, folder: string, list: string, wanted: Part["wanted"] }} of
 * @returns {Part}
 */
const virtualEnvironment = ({ title, folder, list, wanted }) => ({
  title,
  wanted,
  stale(root) {
    const venv = path.join(root, ".local", folder);
    // A virtual environment refers to the Python that made it, which may have gone.
    if (existsSync(venv) && !existsSync(pythonOf(venv))) return "its Python has gone";
    return staleStamp(venv, path.join(root, list));
  },
  async install(root, { found }) {
    const venv = path.join(root, ".local", folder);
    const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" };
    // A finished environment is brought up to date; anything else is made anew.
    if (!existsSync(stampOf(venv)) || !existsSync(pythonOf(venv))) {
      rmSync(venv, { recursive: true, force: true });
      await runStep({
        title: "Python virtual environment",
        command: found.python?.command ?? "python3.11",
        args: ["-m", "venv", venv],
        cwd: root,
        env,
        log: logOf(root, "venv"),
        hint: "is the venv module of this Python complete? On Debian and Ubuntu: apt install python3.11-venv",
      });
    }
    rmSync(stampOf(venv), { force: true });
    await runStep({
      title,
      command: pythonOf(venv),
      args: ["-m", "pip", "install", "--require-hashes", "--progress-bar", "off", "-r", path.join(root, list)],
      cwd: root,
      env,
      log: logOf(root, "pip"),
      hint: "is the Python package index reachable? Another one: set PIP_INDEX_URL; a slow line: set PIP_DEFAULT_TIMEOUT=300",
    });
    writeFileSync(stampOf(venv), hashOf(path.join(root, list)));
  },
});

/** The command that needs checkov alone: what checkov pins does not live beside what the local AWS needs. */
const POLICY_COMMAND = "check-policy";

const pythonPackages = virtualEnvironment({
  title: "Python packages",
  folder: "venv",
  list: "requirements.txt",
  wanted: ({ found }, command) => found.python !== undefined && command !== POLICY_COMMAND,
});

const policyPackages = virtualEnvironment({
  title: "checkov",
  folder: "policy-venv",
  list: "requirements-policy.txt",
  wanted: (_, command) => command === POLICY_COMMAND,
});

/** @param {string} root */
const jarsOf = (root) => path.join(root, ".local", "jars");

/** @param {string} root */
const jarListOf = (root) => path.join(root, "local", "spark-jars.json");

/** @type {Part} */
const sparkJars = {
  title: "Spark's jars",
  wanted: ({ found }) => found.python !== undefined && found.java !== undefined,
  stale(root) {
    const jars = jarsOf(root);
    const missing = Object.keys(readJson(jarListOf(root)).jars).find((name) => !existsSync(path.join(jars, name)));
    return staleStamp(jars, jarListOf(root)) ?? (missing === undefined ? undefined : `${missing} has gone`);
  },
  /** Spark resolves them itself, from wherever this machine's Maven settings say; the hashes decide what is kept. */
  async install(root, { env: toolEnv }) {
    const { packages, jars } = readJson(jarListOf(root));
    const jarFolder = jarsOf(root);
    const ivy = path.join(root, ".local", "ivy");
    const empty = path.join(ivy, "empty.py");
    const bin = path.join(root, ".local", "venv", "bin");
    rmSync(jarFolder, { recursive: true, force: true });
    mkdirSync(jarFolder, { recursive: true });
    mkdirSync(ivy, { recursive: true });
    writeFileSync(empty, "");
    const log = logOf(root, "jars");
    await runStep({
      title: this.title,
      command: path.join(bin, "spark-submit"),
      args: ["--master", "local[1]", "--conf", `spark.jars.ivy=${ivy}`, "--packages", packages.join(","), empty],
      cwd: root,
      env: sparkEnvironment(bin, toolEnv),
      log,
      hint: "is Maven Central reachable? Behind a proxy: set JAVA_TOOL_OPTIONS='-Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT'",
    });
    for (const [name, sha256] of Object.entries(jars)) {
      const source = path.join(ivy, "jars", name);
      if (!existsSync(source))
        throw new SetupError(`Spark's jars: ${name} was not among what Spark fetched (log: ${log})`);
      const actual = await streamedHashOf(source);
      if (actual !== sha256) {
        throw new SetupError(
          `Spark's jars: ${name} is not the file that was pinned: sha256 ${actual}, ${statSync(source).size} bytes, ` +
            `expected ${sha256}. Nothing of it is used. Look at what is between this machine and Maven Central, ` +
            `delete ${ivy} and run the same command again.`,
        );
      }
      renameSync(source, path.join(jarFolder, name));
    }
    rmSync(ivy, { recursive: true, force: true });
    writeFileSync(stampOf(jarFolder), hashOf(jarListOf(root)));
  },
};

/**
 * The environment of a Spark that is the project's own, whatever else this machine has.
 *
 * @param {string} bin the virtual environment's `bin`
 * @param {Record<string, string>} toolEnv
 */
function sparkEnvironment(bin, toolEnv) {
  const { SPARK_HOME: _, ...env } = { ...process.env, ...toolEnv };
  return { ...env, PATH: `${bin}${path.delimiter}${env.PATH ?? ""}` };
}

const PARTS = [npmPackages, pythonPackages, sparkJars, policyPackages];

/**
 * @param {string} root
 * @returns {{ title: string, reason: string | undefined }[]} every part, and why it is not ready
 */
export function pending(root) {
  return PARTS.map((part) => ({ title: part.title, reason: part.stale(root) }));
}

/**
 * @param {string} root
 * @returns {boolean} whether the command line itself can start
 */
export function isInstalled(root) {
  return npmPackages.stale(root) === undefined;
}

/**
 * Installs what is missing of what a command needs.
 *
 * @param {string} root the project's folder
 * @param {Tools} tools
 * @param {string} command
 * @returns {Promise<void>}
 * @throws {SetupError} that says what failed, where the log is and what to try
 */
export async function install(root, tools, command) {
  const parts = PARTS.filter((part) => part.wanted(tools, command));
  const stale = () => parts.filter((part) => part.stale(root) !== undefined);
  if (stale().length === 0) return;
  await withLock(path.join(root, ".local", "install.lock"), async () => {
    // Asked again: the process that we waited for may have done it.
    const todo = stale();
    if (todo.length > 0) console.error("Installing inside the project, once:");
    for (const part of todo) await part.install(root, tools);
  });
}
