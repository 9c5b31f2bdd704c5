/**
 * What a lake costs in a month: `monthlyCost(resourcesOf(document, "after", "plan.json"), profile())`.
 *
 * Whatever can be counted is counted in the stack itself; how it is used is the profile; what the jobs take is measured;
 * what AWS asks is `prices/`. docs/cost.md says what is modelled, and what is not.
 */
import { type Bill, bill } from "./bill";
import { MEASURED, type Measured } from "./measured";
import { type Profile, profile as usualProfile } from "./profile";
import type { Resource } from "./resources";
import { billing } from "./services/billing";
import { cloudWatch } from "./services/cloudwatch";
import { athena, dynamoDb } from "./services/data";
import { glue } from "./services/glue";
import { lambda } from "./services/lambda";
import { messages } from "./services/messages";
import { network } from "./services/network";
import { s3 } from "./services/s3";
import { security } from "./services/security";
import type { Service } from "./services/service";
import { stackOf } from "./stack";
import { usageOf } from "./usage";

export type { Bill, Factor, Line } from "./bill";
export { type Profile, profile } from "./profile";
export { type Resource, resourcesOf, type Side } from "./resources";

const SERVICES: readonly Service[] = [
  glue,
  s3,
  athena,
  lambda,
  messages,
  dynamoDb,
  cloudWatch,
  security,
  network,
  billing,
];

/** Types that cost nothing by themselves. */
const FREE =
  /^(aws_iam_|aws_lakeformation_|aws_ssm_parameter$|aws_resourcegroups_|terraform_data$|random_|null_resource$)/;

const PRICED: ReadonlySet<string> = new Set(SERVICES.flatMap(({ types }) => types));

/**
 * What the resources of a stack cost in a month.
 *
 * @param resources of one stack, as `resourcesOf` reads them from a synthesized stack, a plan or a state
 * @param profile how the lake is used. @default the assumptions of `profile.ts`
 * @param measured what the jobs take. @default what `npm run bench:jobs` has written to `bench/jobs.figures.json`
 * @returns US dollars by line, at the prices of `prices/`; types that the model does not know are named in `unknown` and cost nothing in it
 * @example
 * const plan: unknown = JSON.parse(readFileSync("plan.json", "utf8"));
 * const [before, after] = (["before", "after"] as const).map((side) => monthlyCost(resourcesOf(plan, side, "plan.json")));
 */
export function monthlyCost(
  resources: readonly Resource[],
  profile: Profile = usualProfile(),
  measured: Measured = MEASURED,
): Bill {
  const stack = stackOf(resources);
  const usage = usageOf(stack, profile, measured);
  const unknown: Record<string, number> = {};
  for (const { type } of resources) {
    if (!PRICED.has(type) && !FREE.test(type)) unknown[type] = (unknown[type] ?? 0) + 1;
  }
  return bill(
    SERVICES.flatMap(({ lines }) => lines(stack, usage)),
    unknown,
    usage.runsWhy,
    profile.freeTier,
  );
}
