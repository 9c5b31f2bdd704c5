// @ts-check
/** Running a long command so that people see that it lives, and find its output when it fails. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/** Something is missing or an installation failed; the message is all that a person needs. */
export class SetupError extends Error {}

/** How often a line is printed where the output is no terminal. */
const HEARTBEAT_MS = 15_000;

/** @param {number} since milliseconds of `Date.now()` */
const elapsed = (since) => `${Math.round((Date.now() - since) / 1000)} s`;

/**
 * Runs a command, shows its last line of output and the time it takes, keeps all output in a log.
 *
 * @param {object} step
 * @param {string} step.title what is done, e.g. `Python packages`
 * @param {string} step.command
 * @param {string[]} step.args
 * @param {string} step.cwd
 * @param {NodeJS.ProcessEnv} step.env
 * @param {string} step.log file that receives the output
 * @param {string} step.hint what to try when it fails
 * @returns {Promise<void>}
 * @throws {SetupError} when the command cannot be started or fails
 */
export async function runStep({ title, command, args, cwd, env, log, hint }) {
  const began = Date.now();
  const tty = process.stderr.isTTY === true;
  mkdirSync(path.dirname(log), { recursive: true });
  const file = createWriteStream(log);
  file.write(`$ ${[command, ...args].join(" ")}\n`);

  let last = "";
  const show = () => {
    const width = (process.stderr.columns ?? 100) - 1;
    const line = `  … ${title}  ${elapsed(began)}  ${last}`;
    process.stderr.write(tty ? `\r\u001b[2K${line.slice(0, width)}` : `${line.slice(0, 160)}\n`);
  };
  if (!tty) process.stderr.write(`  … ${title}\n`);
  const timer = setInterval(show, tty ? 500 : HEARTBEAT_MS);

  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  // The child ends first: left alone it would go on writing to files that the next command installs.
  const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
  const stop = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, stop);
  try {
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(file, { end: false });
      createInterface({ input: stream }).on("line", (line) => {
        if (line.trim()) last = line.trim();
      });
    }
    /** @type {string | undefined} */
    const problem = await new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) =>
        resolve(code === 0 ? undefined : signal ? `ended by ${signal}` : `exit ${code}`),
      );
    });
    await new Promise((resolve) => file.end(resolve));
    if (tty) process.stderr.write("\r\u001b[2K");
    if (problem !== undefined) throw new SetupError(failure({ title, problem, command, log, hint }));
    process.stderr.write(`  ✓ ${title}  ${elapsed(began)}\n`);
  } finally {
    clearInterval(timer);
    for (const signal of signals) process.off(signal, stop);
  }
}

/** @param {{title: string, problem: string, command: string, log: string, hint: string}} about */
function failure({ title, problem, command, log, hint }) {
  const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(1).slice(-12);
  return [
    "",
    `Could not install: ${title} (${path.basename(command)}: ${problem})`,
    ...tail.map((line) => `    ${line.slice(0, 300)}`),
    `  log   ${log}`,
    `  try   ${hint}`,
    "  Then run the same command again: it goes on where this one stopped.",
  ].join("\n");
}
