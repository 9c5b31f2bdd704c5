import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { bundledFunction } from "../../../modules/lib/bundle";
import { FUNCTION_NAMES } from "../../../modules/lib/naming";

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of handlers, each with its source. */
function functions(sources: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "commerce-lake-bundle-"));
  folders.push(root);
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, name === "lib" ? "text.ts" : "index.ts"), source);
  }
  return root;
}

const code = (zipped: Uint8Array) => Buffer.from(unzipSync(zipped)["index.js"] ?? []).toString();

test("a bundle is one CommonJS file that holds what the handler imports and exports the handler", async () => {
  const root = functions({
    lib: "export const text: string = 'from the library';",
    "say-it": "import { text } from '../lib/text'; export const handler = async () => text;",
  });
  const zipped = bundledFunction("say-it", root);
  expect(Object.keys(unzipSync(zipped))).toEqual(["index.js"]);

  const exported: { handler?: () => Promise<string> } = {};
  const module = { exports: exported };
  new Function("module", "exports", "require", code(zipped))(module, exported, require);
  await expect(module.exports.handler?.()).resolves.toBe("from the library");
});

test("the same source gives the same bytes wherever it lies", () => {
  const sources = { "say-it": "/*! a licence */ export const handler = async () => __filename;" };
  const [here, there] = [functions(sources), functions(sources)];
  const bundle = bundledFunction("say-it", here);
  expect(Buffer.from(bundle).equals(bundledFunction("say-it", there))).toBe(true);
  expect(code(bundle)).not.toContain("commerce-lake-bundle-");
  expect(code(bundle)).not.toContain("licence");
});

test("a function that is not there is named along with those that are", () => {
  const root = functions({
    lib: "export {};",
    "say-it": "export const handler = 1;",
    "do-it": "export const handler = 1;",
  });
  expect(() => bundledFunction("sing-it", root)).toThrow(/have an index.ts: do-it, say-it; received "sing-it"/);
});

test("source that does not compile fails, with the place", () => {
  const root = functions({ "say-it": "export const handler = ;" });
  expect(() => bundledFunction("say-it", root)).toThrow(/say-it\/index.ts:1:23/);
});

test("every function loads far from the project, where nothing is installed, and exports its handler", () => {
  const root = mkdtempSync(join(tmpdir(), "commerce-lake-bundle-"));
  folders.push(root);
  for (const name of FUNCTION_NAMES) writeFileSync(join(root, `${name}.js`), code(bundledFunction(name)));
  const load = FUNCTION_NAMES.map((name) => `[${JSON.stringify(name)}, typeof require("./${name}.js").handler]`);
  const settings = ["LAKE_ENV", "LAKE_BUCKET", "FILE_LEDGER_TABLE", "RUN_LEDGER_TABLE", "ATHENA_WORKGROUP"];
  const databases = [
    "RAW_DATABASE",
    "PROCESSED_DATABASE",
    "CURATED_DATABASE",
    "STATE_MACHINE_ARN",
    "NOTIFICATIONS_TOPIC",
    "QUALITY_ALERTS_TOPIC",
    "COST_ALERTS_TOPIC",
    "EVENT_BUS",
    "REFUSED_QUEUE_URL",
    "CODE_VERSION",
  ];
  const variables = [...settings, ...databases].map((name) => [name, "x"]);

  const said = execFileSync(process.execPath, ["-e", `console.log(JSON.stringify([${load}]))`], {
    cwd: root,
    env: { AWS_REGION: "us-east-1", NODE_NO_WARNINGS: "1", ...Object.fromEntries(variables) },
    encoding: "utf8",
  });

  expect(JSON.parse(said)).toEqual(FUNCTION_NAMES.map((name) => [name, "function"]));
});
