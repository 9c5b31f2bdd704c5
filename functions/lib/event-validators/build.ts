/**
 * Compiles the schemas of the events that are sent to the lake to plain JavaScript with Ajv, as those of the datasets are.
 *
 * Writes `generated.js` beside itself: `npx tsx functions/lib/event-validators/build.ts`. A test fails while it is older than the schemas.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import standaloneCode from "ajv/dist/standalone";
import dataset from "../../../contracts/events/dataset.json";
import runRequested from "../../../contracts/events/run-requested.json";

const HEADER = `// Generated from contracts/events by functions/lib/event-validators/build.ts: do not edit.
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
// biome-ignore-all assist: generated
`;

/** The source of the module that exports the validator of each event. */
export function generateEventValidators(): string {
  const ajv = new Ajv2020({
    code: { source: true, lines: true },
    allErrors: true,
    // Of its text and its form by the schema; that it is a day of the calendar by a function of ours, as everywhere.
    formats: { date: /^\d{4}-\d{2}-\d{2}$/ },
    schemas: [dataset, runRequested],
  });
  return `${HEADER}${standaloneCode(ajv, { runRequested: runRequested.$id })}\n`;
}

/** Where the generated module lives. */
export const GENERATED_FILE = join(__dirname, "generated.js");

if (require.main === module) {
  writeFileSync(GENERATED_FILE, generateEventValidators());
}
