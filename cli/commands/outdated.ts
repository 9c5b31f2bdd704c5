import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { PRICE_LIST } from "../../prices";
import { CliError, messageOf } from "../lib/errors";
import { ROOT, VENV_BIN } from "../lib/paths";
import { table } from "../lib/table";

const run = promisify(execFile);

/** Runs a command; `mayFail`, it may end with an error and have said what was asked for. */
type Ask = (command: string, args: readonly string[], mayFail: boolean) => Promise<string>;

/** Days after which prices are to be looked up again. */
const PRICES_DAYS = 90;

/**
 * `outdated`: npm and Python packages of which there are newer ones, and whether the prices of the cost model are old.
 *
 * @param out file that receives the same; empty where nothing is outdated
 * @param ask runs npm and pip
 */
export async function outdated({ out }: { readonly out?: string }, now = new Date(), ask: Ask = said): Promise<void> {
  const packages = [...(await npmPackages(ask)), ...(await pythonPackages(ask))];
  const age = Math.floor((now.getTime() - Date.parse(PRICE_LIST.checked)) / 86_400_000);
  const lines = [
    ...(packages.length === 0
      ? []
      : table([{ title: "package" }, { title: "here" }, { title: "newest" }, { title: "of" }], packages)),
    ...(age > PRICES_DAYS
      ? [
          "",
          `  Prices were looked up ${age} days ago, on ${PRICE_LIST.checked}: prices/us-east-1.json names the page of each.`,
        ]
      : []),
  ];
  console.log(lines.length === 0 ? "Everything is as new as it can be." : lines.join("\n"));
  if (out !== undefined) writeFileSync(out, lines.length === 0 ? "" : `${lines.join("\n")}\n`);
}

async function npmPackages(ask: Ask): Promise<string[][]> {
  // npm ends with 1 where something is outdated.
  const text = await ask("npm", ["outdated", "--json"], true);
  const found: Record<string, { readonly current?: string; readonly latest: string }> = JSON.parse(text || "{}");
  return Object.entries(found).map(([name, { current = "missing", latest }]) => [name, current, latest, "npm"]);
}

async function pythonPackages(ask: Ask): Promise<string[][]> {
  const text = await ask(path.join(VENV_BIN, "python"), ["-m", "pip", "list", "--outdated", "--format", "json"], false);
  const found: { readonly name: string; readonly version: string; readonly latest_version: string }[] =
    JSON.parse(text);
  return found.map(({ name, version, latest_version }) => [name, version, latest_version, "Python"]);
}

async function said(...[command, args, mayFail]: Parameters<Ask>): Promise<string> {
  try {
    return (await run(command, [...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const stdout = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "";
    if (mayFail && stdout.startsWith("{")) return stdout;
    throw new CliError(`${command} ${args.join(" ")} failed: ${messageOf(error)}`);
  }
}
