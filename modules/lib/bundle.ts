import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";
import { ConfigurationError } from "./errors";
import { inProject } from "./project";
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

const cache = new Map<string, ReadonlyMap<string, Uint8Array>>();

/**
 * The deployable zip of a Lambda handler: `index.js` with everything in it that the handler imports, the AWS SDK included,
 * so that what runs is what was tested.
 *
 * @param name folder of the handler.
 * @param root folder that holds the handlers' folders.
 * @throws ConfigurationError where there is no such handler. esbuild's own error where it does not compile.
 */
export function bundledFunction(name: string, root: string = inProject(FUNCTIONS)): Uint8Array {
  // All at once: one run of esbuild for five handlers takes as long as for one.
  const bundles = cache.get(root) ?? bundleAll(root);
  cache.set(root, bundles);
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

function bundleAll(root: string): ReadonlyMap<string, Uint8Array> {
  const handlers = readdirSync(root)
    .filter((folder) => existsSync(join(root, folder, "index.ts")))
    .sort();
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
