import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BuildOptions } from "esbuild";
import { cachedFiles, type Files } from "./cached-files";
import { ConfigurationError } from "./errors";
import { inProject, PROJECT_ROOT } from "./project";
import { zip } from "./zip";

const FUNCTIONS = "functions";

/** How a handler becomes one file. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  // Nothing in the output may depend on where the project lies, or on comments of packages.
  legalComments: "none",
  sourcemap: false,
  // The browser-free variant of packages that offer both.
  mainFields: ["module", "main"],
  alias: { "@aws-sdk/credential-provider-node": inProject("functions/lib/lambda-credentials.ts") },
} as const satisfies BuildOptions;

/** All that the bundles of this project depend on: their sources, what is installed, and how they are made. A test holds it to esbuild's own list. */
export const BUNDLE_INPUTS = [
  FUNCTIONS,
  "contracts",
  "prices",
  "modules/orchestration/run-steps.ts", // which state belongs to which step: close-run says it too
  "modules/lib/lake-metrics.ts", // which figures there are: functions emit them, dashboards show them
  "modules/lib/alarm-text.ts", // how an alarm says what to do: tell-alarm reads it
  "tsconfig.json",
  "node_modules/.package-lock.json",
  "modules/lib/bundle.ts",
  "modules/lib/zip.ts",
] as const;

const bundled = new Map<string, Files>();

/** What the files end with that `npm pack` makes of the handlers' folders. */
export const ARCHIVE = ".zip";

/**
 * The deployable zip of a Lambda handler: `index.js` with everything in it that the handler imports, the AWS SDK included,
 * so that what runs is what was tested. In the package that other projects install, the zips are made already.
 *
 * @param name folder of the handler.
 * @param root folder that holds the handlers' folders.
 * @throws ConfigurationError where there is no such handler. esbuild's own error where it does not compile.
 */
export function bundledFunction(name: string, root: string = inProject(FUNCTIONS)): Uint8Array {
  const bundles = bundled.get(root) ?? (root === inProject(FUNCTIONS) ? bundleProject() : bundleAll(root));
  bundled.set(root, bundles);
  const bundle = bundles.get(name);
  if (bundle === undefined) {
    throw new ConfigurationError(`${FUNCTIONS}/${name}`, {
      rule: `a function is one of the folders of ${FUNCTIONS}/ that have an index.ts: ${[...bundles.keys()].join(", ")}`,
      received: name,
      remedy: `write ${FUNCTIONS}/${name}/index.ts`,
    });
  }
  return bundle;
}

function bundleProject(): Files {
  const made = readdirSync(inProject(FUNCTIONS)).filter((file) => file.endsWith(ARCHIVE));
  if (made.length > 0) {
    return new Map(made.map((file) => [basename(file, ARCHIVE), readFileSync(inProject(FUNCTIONS, file))]));
  }
  const folder = inProject(".local", "cache", "functions");
  return cachedFiles({ folder, inputs: BUNDLE_INPUTS, root: PROJECT_ROOT }, () => bundleAll(inProject(FUNCTIONS)));
}

/** All at once: one run of esbuild for six handlers takes as long as for one. */
function bundleAll(root: string): Files {
  const handlers = readdirSync(root)
    .filter((folder) => existsSync(join(root, folder, "index.ts")))
    .sort();
  // Only here, because the package does without esbuild.
  const { buildSync }: typeof import("esbuild") = require("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: handlers.map((handler) => ({ in: join(root, handler, "index.ts"), out: join(handler, "index") })),
    absWorkingDir: root,
    outdir: join(root, "out"), // only names the outputs: nothing is written
    write: false,
    ...BUNDLE_OPTIONS,
    logLevel: "silent",
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [basename(dirname(path)), zip(new Map([["index.js", contents]]))]),
  );
}
