/**
 * Compiles the contracts to plain JavaScript with Ajv, so that no function compiles anything when it runs.
 *
 * Writes `generated.js` beside itself: `npx tsx functions/lib/contract-validators/build.ts`. The file is committed, so that
 * esbuild, jest, tsx and tsc all read it without a plugin; a test fails while it is older than the contracts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { _, type CodeKeywordDefinition } from "ajv";
import Ajv2020 from "ajv/dist/2020";
import { useFunc } from "ajv/dist/compile/util";
import ucs2length from "ajv/dist/runtime/ucs2length";
import standaloneCode from "ajv/dist/standalone";
import { contracts, DATASETS } from "../../../contracts";
import { rowSchema } from "./row-schema";

const HEADER = `// Generated from contracts/datasets by functions/lib/contract-validators/build.ts: do not edit.
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
// biome-ignore-all assist: generated
`;

/** Ajv's `maxLength`, but for texts that are short enough in UTF-16 units no code point is counted: a tenth of the time of all checks. */
const maxLength: CodeKeywordDefinition = {
  keyword: "maxLength",
  type: "string",
  schemaType: "number",
  code(context) {
    const { data, schema, gen } = context;
    context.fail(_`${data}.length > ${schema} && ${useFunc(gen, ucs2length)}(${data}) > ${schema}`);
  },
};

/** The source of the module that exports one validator for each dataset, under the dataset's name. */
export function generateValidators(): string {
  const ajv = new Ajv2020({
    code: { source: true, lines: true },
    // Every broken rule of a row is reported, not the first alone; their texts are ours.
    allErrors: true,
    messages: false,
    schemas: DATASETS.map((dataset) => ({ $id: dataset, ...rowSchema(contracts[dataset]) })),
  });
  ajv.removeKeyword("maxLength").addKeyword(maxLength);
  return `${HEADER}${standaloneCode(ajv, Object.fromEntries(DATASETS.map((dataset) => [dataset, dataset])))}\n`;
}

/** Where the generated module lives. */
export const GENERATED_FILE = join(__dirname, "generated.js");

if (require.main === module) {
  writeFileSync(GENERATED_FILE, generateValidators());
}
