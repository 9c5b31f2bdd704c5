import { buildDefinition } from "../../../modules/orchestration/definition";
import { settingsFrom } from "../../../modules/orchestration/settings";
import { PARTS } from "./parts";

// For the tests in Python, which run the real definition on the local interpreter, and wait for nothing more than a few times.
const settings = settingsFrom({ timeouts: { crawler: 60 }, publishTurn: { wait: 90 } });
const onDatasetFailure = process.argv.includes("continue") ? "continue" : "stop";
process.stdout.write(JSON.stringify(buildDefinition({ ...PARTS, onDatasetFailure }, settings)));
