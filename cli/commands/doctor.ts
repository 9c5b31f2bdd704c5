import { environments, placeOf } from "../../envs";
import { unheardText } from "../../modules/monitoring/unheard";

/**
 * The second half of `npm run doctor`: what the environments that go to AWS lack before anybody can answer for them. The first, what this
 * machine lacks, is told before anything is installed (`cli/bootstrap/doctor.mjs`).
 */
export function doctor(): void {
  for (const env of Object.values(environments)) {
    if (env.platform === "local") continue;
    const unheard = unheardText(env.alerts.subscriptions, placeOf(env, "alerts.subscriptions"));
    console.log(unheard === undefined ? `✓ alarms of ${env.name} reach somebody` : `! ${env.name}: ${unheard}`);
  }
}
