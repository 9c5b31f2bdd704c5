import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { SetupError } from "./errors";

/** What a provider mirror must hold to be of use here. */
const REGISTRY = "registry.terraform.io";
const NEEDED = path.join(REGISTRY, "hashicorp", "aws");

/**
 * How far the heap of Terraform and its providers may grow before they look for garbage, in percent. Most of it is the AWS provider's schema,
 * which stays: at Go's 100 they go through it again and again, a third of a plan's processor time. Half as much memory again, 500 MB.
 *
 * @see https://go.dev/doc/gc-guide#GOGC
 */
const HEAP_GROWTH = "400";

/** @returns folders in `folder`; none where it cannot be read */
function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => path.join(folder, entry.name))
      .sort();
  } catch {
    return [];
  }
}

/** Where shared software usually lies, and Terraform's own places for mirrors. One level deep, no crawl of the disk. */
function usualPlaces(home: string): string[] {
  const shelves = ["/opt", "/usr/share/terraform", "/usr/local/share/terraform"];
  return [path.join(home, ".terraform.d", "plugins"), ...shelves.flatMap((shelf) => [shelf, ...subfolders(shelf)])];
}

/**
 * Finds an unpacked provider mirror: a folder that holds `registry.terraform.io/hashicorp/aws`.
 *
 * @param env `TF_PROVIDER_MIRROR` names it, where set
 * @param places where to look otherwise
 * @returns its path; undefined where there is none, and Terraform asks the registry
 * @throws SetupError where the variable names a folder that is no such mirror
 */
export function findMirror(env: NodeJS.ProcessEnv, places = usualPlaces(env.HOME ?? homedir())): string | undefined {
  const named = env.TF_PROVIDER_MIRROR;
  if (!named) return places.find((place) => existsSync(path.join(place, NEEDED)));
  if (existsSync(path.join(named, NEEDED))) return named;
  throw new SetupError(
    `TF_PROVIDER_MIRROR is ${named}, which holds no ${NEEDED}.\n` +
      "  try   name the folder above registry.terraform.io, or unset the variable so that Terraform asks its registry",
  );
}

/** @returns the providers of a mirror, as `registry.terraform.io/hashicorp/aws` */
function providersOf(mirror: string): string[] {
  return subfolders(path.join(mirror, REGISTRY)).flatMap((namespace) =>
    subfolders(namespace).map((provider) => path.relative(mirror, provider)),
  );
}

/**
 * @param mirror an unpacked mirror, or undefined
 * @returns a Terraform CLI configuration that takes from the mirror what it holds, and the rest from the registry
 * @see https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
 */
export function cliConfig(mirror: string | undefined): string {
  const lines = ["disable_checkpoint = true"];
  if (mirror !== undefined) {
    const providers = JSON.stringify(providersOf(mirror));
    lines.push(
      "provider_installation {",
      `  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ${providers}\n  }`,
      // A provider of the mirror is not looked up in the registry as well: that fails where there is no internet.
      `  direct {\n    exclude = ${providers}\n  }`,
      "}",
    );
  }
  return `${lines.join("\n")}\n`;
}

/** @returns whether the person has a Terraform CLI configuration of their own that exists */
function hasOwnConfig(env: NodeJS.ProcessEnv): boolean {
  if (env.TF_CLI_CONFIG_FILE) return existsSync(env.TF_CLI_CONFIG_FILE);
  return existsSync(path.join(env.HOME ?? homedir(), ".terraformrc"));
}

/**
 * The variables that Terraform runs with. A CLI configuration of the person's own is honoured; one that
 * `TF_CLI_CONFIG_FILE` names but that does not exist is replaced.
 *
 * @param env the variables of this process
 * @param folder where the configuration and, where providers come from the registry, their cache are kept
 * @returns the variables to run Terraform with
 */
export function terraformEnvironment(env: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  const common = { GOGC: HEAP_GROWTH, ...env, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0" };
  if (hasOwnConfig(env)) return common;
  const mirror = findMirror(env);
  const file = path.join(folder, "cli.tfrc");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, cliConfig(mirror));
  const own = { ...common, TF_CLI_CONFIG_FILE: file };
  // Providers of a mirror are linked to where they lie; those of the registry are kept for the next time.
  if (mirror !== undefined) return own;
  const cache = path.join(folder, "providers");
  mkdirSync(cache, { recursive: true });
  return { ...own, TF_PLUGIN_CACHE_DIR: cache };
}
