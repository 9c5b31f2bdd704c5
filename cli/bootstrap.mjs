// @ts-check
/**
 * What every npm script runs: checks the tools of this machine, installs inside the project what is missing, then hands
 * over to `cli/main.ts`, or to a benchmark. Plain JavaScript without dependencies, because nothing is installed yet when it starts, and no
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
import { install, isInstalled } from "./bootstrap/install.mjs";
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
  "test-recovery": ["python", "java", "terraform", "aws"],
  check: ["python"],
  "check-policy": ["python"],
  "bench:jobs": ["python", "java"],
  "bench:quality": ["python"],
  "bench:queries": ["python", "java"],
  "bench:run": ["python", "java", "terraform"],
};

/** Benchmarks in Python; the others are TypeScript. */
const PYTHON_BENCHMARKS = ["bench:jobs", "bench:queries"];
/** Folders of the packages that they import. */
const PYTHON_FOLDERS = [".", "jobs", "local"];

/** What a benchmark's name begins with; the rest is that of its file below `bench/`. */
const BENCHMARK = /^bench:/;

/**
 * The program that a command is: the command line proper, or a benchmark.
 *
 * @param {string} command
 * @param {string[]} args what follows the command
 * @returns {{ argv: string[], env: Record<string, string> }} what is executed, and what it needs in its environment
 */
function programOf(command, args) {
  const name = command.replace(BENCHMARK, "");
  if (PYTHON_BENCHMARKS.includes(command)) {
    const python = path.join(ROOT, ".local", "venv", "bin", "python");
    const PYTHONPATH = PYTHON_FOLDERS.map((folder) => path.join(ROOT, folder)).join(path.delimiter);
    return { argv: [python, "-m", `bench.${name}`, ...args], env: { PYTHONPATH } };
  }
  const tsx = createRequire(path.join(ROOT, "package.json")).resolve("tsx");
  const script = BENCHMARK.test(command) ? ["bench", `${name}.ts`] : ["cli", "main.ts"];
  const rest = BENCHMARK.test(command) ? args : [command, ...args];
  return {
    argv: [process.execPath, "--import", pathToFileURL(tsx).href, path.join(ROOT, ...script), ...rest],
    env: {},
  };
}

/**
 * Runs a program, its input, output and signals being ours.
 *
 * @param {string[]} argv
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code
 */
function handOver([file, ...args], env) {
  // The channel tells the child when this process dies, however it dies. Python would only hand its number on to a Node without it.
  const channel = file === process.execPath ? /** @type {const} */ (["ipc"]) : [];
  const child = spawn(String(file), args, { stdio: ["inherit", "inherit", "inherit", ...channel], env });
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
  const [command = "--help", ...args] = process.argv.slice(2);
  if (command === "doctor") {
    const code = await doctor(ROOT);
    // What environments lack, only the command line can read.
    return isInstalled(ROOT) ? code || run(command, args, {}) : code;
  }
  const asksForHelp = args.includes("--help") || args.includes("-h") || command === "--help" || command === "-h";
  // A program in Python cannot even help without it.
  const needs = asksForHelp && !PYTHON_BENCHMARKS.includes(command) ? [] : NEEDS[command];
  const tools = await requireTools(["node", ...(needs ?? [])], command);
  await install(ROOT, tools, command);
  // For scripts that go on with a tool of their own.
  if (command === "install") return 0;
  return run(command, args, tools.env);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} toolEnv
 */
function run(command, args, toolEnv) {
  const { argv, env } = programOf(command, args);
  // Node 20 is supported here; that the AWS SDK will one day want more is no news for every command.
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  return handOver(argv, { ...process.env, ...quiet, ...toolEnv, ...env });
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
