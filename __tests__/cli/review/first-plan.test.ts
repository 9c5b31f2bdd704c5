import { rulesOf } from "../../../cli/policy/rules";
import type { Plan, ResourceChange } from "../../../cli/review/plan";
import { reviewPlan } from "../../../cli/review/review";
import { asObject, type Resource, type Synthesis } from "../../../cli/stack/synthesis";
import { environments } from "../../../envs";
import { synthesizeEnvironment } from "../../modules/support/synthesis";
import { planOf, resource } from "./plans";

const POLICIES = { policy: true, assume_role_policy: true, resource_policy: true };

/** What refers to what, as Terraform tells of a configuration. */
const referencesIn = (value: unknown) => [
  ...new Set([...String(value ?? "").matchAll(/\b(aws_\w+\.\w+)\.\w+/g)].flatMap(([, found]) => found ?? [])),
];

/** What is known of a resource before it is made: texts that refer to nothing. */
const known = (one: Resource) =>
  Object.fromEntries(
    Object.entries(one).flatMap(([name, value]) =>
      typeof value === "string" && !value.includes("${") ? [[name, value] as const] : [],
    ),
  );

/** What a data source of the stack has found. */
function found({ json }: Synthesis, type: string, values: Readonly<Record<string, string>>): ResourceChange {
  const [name = ""] = Object.keys(asObject(asObject(json.data)[type]));
  return { ...resource(`data.${type}.${name}`, null, values, { mode: "data" }), type };
}

// prod has all that there is. A plan of Terraform's own is reviewed in __tests__/plans/environments.test.ts, of dev.
test.each([environments.dev, environments.prod])(
  "the first plan of $name is shown, and nothing in it refused",
  (env) => {
    const stack = synthesizeEnvironment(env.name);
    const data = [
      found(stack, "aws_caller_identity", { account_id: env.account }),
      found(stack, "aws_partition", { partition: "aws" }),
    ];
    const created = stack
      .all()
      .map((one) => resource(one.address, null, known(one), { actions: ["create"], after_unknown: POLICIES }));
    const references: Plan["references"] = new Map(
      stack
        .all()
        .map(({ address, permissions_boundary, policy_arn }) => [
          address,
          { permissions_boundary: referencesIn(permissions_boundary), policy_arn: referencesIn(policy_arn) },
        ]),
    );
    const plan = { ...planOf(...created), data, references };
    const { verdict, refusals, changes } = reviewPlan(plan, env.name, { stack, rules: rulesOf(env) });
    expect({ verdict, refusals }).toEqual({ verdict: "changes", refusals: [] });
    // It has looked: at the boundary, the keys, the buckets, the roles.
    const told = new Set(
      changes.filter(({ policies }) => policies.some(({ gained }) => gained.length > 0)).map(({ type }) => type),
    );
    for (const type of ["aws_iam_policy", "aws_kms_key", "aws_s3_bucket_policy", "aws_iam_role_policy", "aws_iam_role"])
      expect(told).toContain(type);
  },
);
