import path from "node:path";
import { ENVIRONMENT_NAMES, environment } from "../../envs";
import { names } from "../../modules/lib/naming";
import { SYNTH_FOLDER, synthesize } from "../lib/deploy";
import { Task, warn } from "../lib/display";
import { UsageError } from "../lib/errors";
import { LOCAL, shownPath } from "../lib/paths";

/**
 * `npm run synth`: the Terraform configuration of environments, as JSON.
 *
 * @param selected names of environments; none means all
 */
export async function synth(selected: readonly string[]): Promise<void> {
  const unknown = selected.filter((name) => !ENVIRONMENT_NAMES.some((known) => known === name));
  if (unknown.length > 0) {
    throw new UsageError(
      `There is no environment "${unknown.join('", "')}". The environments are ${ENVIRONMENT_NAMES.join(", ")}.`,
    );
  }
  for (const name of selected.length > 0 ? selected : ENVIRONMENT_NAMES) {
    const task = new Task(`Synthesizing ${name}`);
    const warnings = await synthesize(name, SYNTH_FOLDER, path.join(LOCAL, "logs", "synth.log"));
    task.done(shownPath(path.join(SYNTH_FOLDER, "stacks", names(environment(name)).stack)));
    warn(warnings);
  }
}
