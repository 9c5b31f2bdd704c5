/** `npm run reference`: writes docs/reference from the types of the modules; with `--check`, says which pages are not what they would be. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { EXIT } from "../lib/errors";
import { ROOT } from "../lib/paths";
import { exportedDeclarations } from "./declarations";
import { COMMAND, page } from "./page";

const MODULES = path.join(ROOT, "modules");
const PAGES = path.join(ROOT, "docs", "reference");

/** Every page by its file's name. */
export function pages(): Map<string, string> {
  const modules = readdirSync(MODULES).filter((name) => existsSync(path.join(MODULES, name, "index.ts")));
  return new Map(
    modules
      .sort()
      .map((name) => [`${name}.md`, page(name, exportedDeclarations(path.join(MODULES, name, "index.ts")))]),
  );
}

/** Names of pages that are missing, too many, or not what the types say. */
export function outdated(wanted = pages(), folder = PAGES): string[] {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  return [...new Set([...wanted.keys(), ...there])].filter(
    (name) => !there.includes(name) || readFileSync(path.join(folder, name), "utf8") !== wanted.get(name),
  );
}

function main(): number {
  const wanted = pages();
  const wrong = outdated(wanted);
  if (process.argv.includes("--check")) {
    for (const name of wrong) console.log(`docs/reference/${name} is not what the types say: ${COMMAND}`);
    return wrong.length === 0 ? EXIT.ok : EXIT.failed;
  }
  mkdirSync(PAGES, { recursive: true });
  for (const name of wrong) {
    const content = wanted.get(name);
    if (content === undefined) rmSync(path.join(PAGES, name));
    else writeFileSync(path.join(PAGES, name), content);
    console.log(`docs/reference/${name}`);
  }
  return EXIT.ok;
}

if (require.main === module) process.exitCode = main();
