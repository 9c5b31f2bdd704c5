import { buildDefinition } from "../../../modules/orchestration/definition";
import { settingsFrom } from "../../../modules/orchestration/settings";
import { PARTS } from "./parts";

// For the tests in Python, which run the real definition on the local interpreter.
process.stdout.write(JSON.stringify(buildDefinition(PARTS, settingsFrom())));
