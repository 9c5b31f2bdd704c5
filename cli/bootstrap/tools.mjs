// @ts-check
/** Finding the tools that no package registry supplies, and saying how to get the missing ones. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { SetupError } from "./progress.mjs";

/**
 * @typedef {"node" | "python" | "java" | "terraform" | "aws"} ToolName
 * @typedef {{ command: string, version: string }} Found a working tool
 * @typedef {{ command: string, problem: string }} Unfit a candidate that will not do, and why
 * @typedef {{ found?: Found, unfit: Unfit[] }} Search
 * @typedef {object} Tool
 * @property {string} title
 * @property {string} wanted the versions that do, in words
 * @property {() => string[]} candidates commands or paths, best first
 * @property {string[]} args
 * @property {RegExp} pattern finds major, minor and patch in the output
 * @property {(version: number[]) => boolean} fits
 * @property {string[]} how ways to get it, one a line
 * @typedef {{ found: Partial<Record<ToolName, Found>>, env: Record<string, string> }} Tools
 */

/** How long a tool may take to say its version, in milliseconds. */
const PATIENCE_MS = 20_000;

/**
 * @param {number[]} version
 * @param {number} major
 * @param {number} minor
 */
const atLeast = ([a = 0, b = 0], major, minor) => a > major || (a === major && b >= minor);

/** @param {string[]} values */
const present = (...values) => values.filter((value) => value !== "");

/** @type {Record<ToolName, Tool>} */
const TOOLS = {
  node: {
    title: "Node.js",
    wanted: ">= 20.16",
    candidates: () => [process.execPath],
    args: ["--version"],
    pattern: /v(\d+)\.(\d+)\.(\d+)/,
    fits: (version) => atLeast(version, 20, 16),
    how: ["nodejs.org, or: nvm install 22 · fnm install 22 · brew install node@22"],
  },
  python: {
    title: "Python",
    wanted: "3.11, with venv (the Python of AWS Glue 5.1)",
    candidates: () => present(process.env.PYTHON ?? "", "python3.11", "python3", "python"),
    // The version alone is not enough: some systems package venv apart from Python.
    args: ["-c", "import ensurepip, sys, venv; print('Python %d.%d.%d' % sys.version_info[:3])"],
    pattern: /Python (\d+)\.(\d+)\.(\d+)/,
    fits: ([major, minor]) => major === 3 && minor === 11,
    how: [
      "Debian, Ubuntu: apt install python3.11 python3.11-venv · macOS: brew install python@3.11 · any: pyenv install 3.11",
      "or set PYTHON to the path of one",
    ],
  },
  java: {
    title: "Java",
    wanted: "17 (the Java of AWS Glue 5.1)",
    candidates: javaCandidates,
    args: ["-version"],
    pattern: /version "(\d+)(?:\.(\d+))?(?:\.(\d+))?/,
    fits: ([major]) => major === 17,
    how: [
      "Debian, Ubuntu: apt install openjdk-17-jre-headless · macOS: brew install openjdk@17 · any: sdk install java 17-tem",
      "or set JAVA_HOME to the folder of one",
    ],
  },
  terraform: {
    title: "Terraform",
    wanted: ">= 1.11",
    candidates: () => present(process.env.TERRAFORM ?? "", "terraform"),
    args: ["version"],
    pattern: /Terraform v(\d+)\.(\d+)\.(\d+)/,
    fits: (version) => atLeast(version, 1, 11),
    how: [
      "developer.hashicorp.com/terraform/install · macOS: brew install hashicorp/tap/terraform",
      "or set TERRAFORM to the path of one",
    ],
  },
  aws: {
    title: "AWS CLI",
    // Older ones do not know AWS_ENDPOINT_URL: what is meant for the local AWS would go to the real one.
    wanted: ">= 2.13, or >= 1.29",
    candidates: () => ["aws"],
    args: ["--version"],
    pattern: /aws-cli\/(\d+)\.(\d+)\.(\d+)/,
    fits: (version) => atLeast(version, 2, 13) || (version[0] === 1 && atLeast(version, 1, 29)),
    how: ["docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html · macOS: brew install awscli"],
  },
};

/** Java where people keep it: JAVA_HOME, PATH, then the usual folders for more than one. */
function javaCandidates() {
  const home = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, "bin", "java") : "";
  const shelves = ["/usr/lib/jvm", "/opt/homebrew/opt", "/usr/local/opt", "/Library/Java/JavaVirtualMachines"];
  const others = shelves.filter(existsSync).flatMap((shelf) =>
    readdirSync(shelf)
      .filter((name) => /17/.test(name))
      .sort()
      .flatMap((name) => ["bin/java", "Contents/Home/bin/java"].map((end) => path.join(shelf, name, end)))
      .filter(existsSync),
  );
  return present(home, "java", ...others);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<{ output: string, error: import("node:child_process").ExecFileException | null }>}
 */
function outputOf(command, args) {
  const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
  return new Promise((resolve) => {
    execFile(command, args, { env, timeout: PATIENCE_MS }, (error, stdout, stderr) =>
      // Java answers on standard error.
      resolve({ output: `${stdout}\n${stderr}`, error }),
    );
  });
}

/**
 * Tries a tool's candidates in turn and stops at the first that fits.
 *
 * @param {ToolName} name
 * @returns {Promise<Search>}
 */
export async function findTool(name) {
  const tool = TOOLS[name];
  /** @type {Unfit[]} */
  const unfit = [];
  for (const command of tool.candidates()) {
    const { output, error } = await outputOf(command, tool.args);
    const match = tool.pattern.exec(output);
    if (match) {
      const version = match.slice(1).filter((part) => part !== undefined);
      if (tool.fits(version.map(Number))) return { found: { command, version: version.join(".") }, unfit };
      unfit.push({ command, problem: `is ${version.join(".")}` });
    } else if (error?.code !== "ENOENT") {
      const said = output.trim().split("\n").pop() ?? "";
      unfit.push({
        command,
        problem: said ? `says: ${said.slice(0, 160)}` : `gave no answer (${error?.message ?? ""})`,
      });
    }
  }
  return { unfit };
}

/**
 * @param {ToolName} name
 * @param {Search} search
 */
export function describeMissing(name, { unfit }) {
  const tool = TOOLS[name];
  const label = (/** @type {string} */ text) => `  ${text.padEnd(8)}`;
  return [
    `${tool.title} ${tool.wanted} is missing.`,
    ...(unfit.length > 0
      ? unfit.map(({ command, problem }) => `${label("found")}${command} ${problem}`)
      : [`${label("found")}none; looked for ${tool.candidates().join(", ")}`]),
    ...tool.how.map((line, index) => `${label(index === 0 ? "get it" : "")}${line}`),
  ].join("\n");
}

/**
 * Finds all the tools that a command needs.
 *
 * @param {ToolName[]} names
 * @param {string} command the command, for the message
 * @returns {Promise<Tools>} the tools, and the variables that make others use the same ones
 * @throws {SetupError} that names every missing tool
 */
export async function requireTools(names, command) {
  const searches = await Promise.all(names.map(async (name) => ({ name, search: await findTool(name) })));
  const missing = searches.filter(({ search }) => search.found === undefined);
  if (missing.length > 0) {
    const texts = missing.map(({ name, search }) => describeMissing(name, search));
    throw new SetupError([`${command} cannot start on this machine.`, ...texts].join("\n\n"));
  }
  /** @type {Tools["found"]} */
  const found = {};
  for (const { name, search } of searches) if (search.found) found[name] = search.found;
  return { found, env: environmentOf(found) };
}

/**
 * @param {Tools["found"]} found
 * @returns {Record<string, string>}
 */
function environmentOf({ java, terraform }) {
  return {
    // Spark takes JAVA_HOME before PATH, so a JAVA_HOME of another version must not reach it.
    ...(java && path.isAbsolute(java.command) ? { JAVA_HOME: path.dirname(path.dirname(java.command)) } : {}),
    ...(java && !path.isAbsolute(java.command) ? { JAVA_HOME: "" } : {}),
    ...(terraform ? { TERRAFORM: terraform.command } : {}),
  };
}
