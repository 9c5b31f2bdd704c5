/**
 * Compiles the contracts to plain JavaScript with Ajv, so that no function compiles anything when it runs.
 *
 * Writes `generated.js` beside itself: `npx tsx functions/lib/contract-validators/build.ts`. The file is committed, so that
 * esbuild, jest, tsx and tsc all read it without a plugin; a test fails while it is older than the contracts.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import standaloneCode from "ajv/dist/standalone";
import { contracts, DATASETS } from "../../../contracts";
import { rowSchema } from "./row-schema";

const HEADER = `// Generated from contracts/datasets by functions/lib/contract-validators/build.ts: do not edit.
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
// biome-ignore-all assist: generated
`;

/** The source of the module that exports one validator for each dataset, under the dataset's name. */
export function generateValidators(): string {
  const ajv = new Ajv2020({
    code: { source: true, lines: true },
    // Every broken rule of a row is reported, not the first alone; their texts are ours.
    allErrors: true,
    messages: false,
    schemas: DATASETS.map((dataset) => ({ $id: dataset, ...rowSchema(contracts[dataset]) })),
  });
  return `${HEADER}${standaloneCode(ajv, Object.fromEntries(DATASETS.map((dataset) => [dataset, dataset])))}\n`;
}

/** Where the generated module lives. */
export const GENERATED_FILE = join(__dirname, "generated.js");

if (require.main === module) {
  writeFileSync(GENERATED_FILE, generateValidators());
}
