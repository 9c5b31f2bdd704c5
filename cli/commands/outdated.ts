import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { PRICE_LIST } from "../../prices";
import { CliError, messageOf } from "../lib/errors";
import { ROOT, VENV_BIN } from "../lib/paths";
import { table } from "../lib/table";

const run = promisify(execFile);

/** Days after which prices are to be looked up again. */
const PRICES_DAYS = 90;

/**
 * `outdated`: npm and Python packages of which there are newer ones, and whether the prices of the cost model are old.
 *
 * @param out file that receives the same; empty where nothing is outdated
 */
export async function outdated({ out }: { readonly out?: string }, now = new Date()): Promise<void> {
  const packages = [...(await npmPackages()), ...(await pythonPackages())];
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

async function npmPackages(): Promise<string[][]> {
  // npm ends with 1 where something is outdated.
  const text = await said("npm", ["outdated", "--json"], true);
  const found: Record<string, { readonly current?: string; readonly latest: string }> = JSON.parse(text || "{}");
  return Object.entries(found).map(([name, { current = "missing", latest }]) => [name, current, latest, "npm"]);
}

async function pythonPackages(): Promise<string[][]> {
  const text = await said(
    path.join(VENV_BIN, "python"),
    ["-m", "pip", "list", "--outdated", "--format", "json"],
    false,
  );
  const found: { readonly name: string; readonly version: string; readonly latest_version: string }[] =
    JSON.parse(text);
  return found.map(({ name, version, latest_version }) => [name, version, latest_version, "Python"]);
}

async function said(command: string, args: readonly string[], mayFail: boolean): Promise<string> {
  try {
    return (await run(command, [...args], { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const stdout = typeof error === "object" && error !== null && "stdout" in error ? String(error.stdout) : "";
    if (mayFail && stdout.startsWith("{")) return stdout;
    throw new CliError(`${command} ${args.join(" ")} failed: ${messageOf(error)}`);
  }
}
