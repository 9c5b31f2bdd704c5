/** A step of `npm pack`: puts beside the compiled modules, in `dist`, what they read when they synthesize. */
import { cpSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ARCHIVE, bundledFunction } from "../../modules/lib/bundle";
import { CODE } from "../../modules/lib/job-package";
import { FUNCTION_NAMES } from "../../modules/lib/naming";
import { ROOT } from "../lib/paths";

const DIST = path.join(ROOT, "dist");

/** What modules read of these folders; other files in them are for people, or TypeScript, which the compiler puts here. */
const READ: ReadonlySet<string> = new Set([...CODE, ".sql"]);

for (const folder of ["contracts", "jobs", "queries"]) {
  cpSync(path.join(ROOT, folder), path.join(DIST, folder), {
    recursive: true,
    // A link is left out: what it names is copied at its own place.
    filter: (file) => {
      const entry = lstatSync(file);
      return entry.isDirectory()
        ? path.basename(file) !== "__pycache__"
        : entry.isFile() && READ.has(path.extname(file));
    },
  });
}

const functions = path.join(DIST, "functions");
mkdirSync(functions);
for (const name of FUNCTION_NAMES) writeFileSync(path.join(functions, `${name}${ARCHIVE}`), bundledFunction(name));
