// @ts-check
/**
 * What every npm script runs: checks the tools of this machine, installs inside the project what is missing, then hands
 * over to `cli/main.ts`. Plain JavaScript without dependencies, because nothing is installed yet when it starts, and no
 * syntax newer than ES2020, so that an old Node gets as far as the message that says so.
 *
 * Exit codes: those of the command; where a tool or an installation is missing 3, but 1 for those to which 3 is a verdict.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { doctor } from "./bootstrap/doctor.mjs";
import { install } from "./bootstrap/install.mjs";
import { SetupError } from "./bootstrap/progress.mjs";
import { requireTools } from "./bootstrap/tools.mjs";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** How often it is looked whether npm still lives, in milliseconds. */
const PARENT_CHECK_MS = 1000;

/**
 * The tools of the machine that a command needs besides Node; what is installed inside the project follows from them: Python brings
 * the virtual environment, and Java with Python Spark's jars.
 *
 * @type {Record<string, import("./bootstrap/tools.mjs").ToolName[]>}
 */
const NEEDS = {
  start: ["python", "java", "terraform"],
  local: ["python", "java", "terraform"],
  plan: ["terraform"],
  state: ["terraform"],
  apply: ["terraform"],
  outdated: ["python"],
  test: ["python", "java", "terraform"],
  "test-faults": ["python", "java", "terraform"],
  "test-recovery": ["python", "java", "terraform"],
  check: ["python"],
  "check-policy": ["python"],
};

/** @type {import("./bootstrap/tools.mjs").ToolName[]} */
const INSTALLABLE = ["python", "java"];

/**
 * Runs the command line proper, its input, output and signals being ours.
 *
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code
 */
function handOver(args, env) {
  const tsx = createRequire(path.join(ROOT, "package.json")).resolve("tsx");
  const argv = ["--import", pathToFileURL(tsx).href, path.join(ROOT, "cli", "main.ts"), ...args];
  // The channel tells the child when this process dies, however it dies.
  const child = spawn(process.execPath, argv, { stdio: ["inherit", "inherit", "inherit", "ipc"], env });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  // npm may be killed without a chance to pass that on.
  const parent = process.ppid;
  const orphaned = () => process.ppid !== parent && child.kill("SIGTERM");
  const watch = process.env.npm_lifecycle_event ? setInterval(orphaned, PARENT_CHECK_MS) : undefined;
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", () => clearInterval(watch));
    child.on("exit", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}

async function main() {
  const args = process.argv.slice(2);
  const command = args[0] ?? "--help";
  if (command === "doctor") return doctor(ROOT);
  const asksForHelp = args.includes("--help") || args.includes("-h");
  // Scripts that go on with a tool of their own say what they need.
  const isInstall = command === "install";
  const needs = isInstall ? INSTALLABLE.filter((tool) => args.includes(tool)) : asksForHelp ? [] : NEEDS[command];
  const tools = await requireTools(["node", ...(needs ?? [])], command);
  await install(ROOT, tools, command);
  if (isInstall) return 0;
  // Node 20 is supported here; that the AWS SDK will one day want more is no news for every command.
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  return handOver(args, { ...process.env, ...quiet, ...tools.env });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = ["plan", "plan-review", "moves", "state", "apply"].includes(process.argv[2] ?? "") ? 1 : 3;
  },
);
