import type { Plan, ResourceChange } from "../../../cli/review/plan";
import { reviewPlan } from "../../../cli/review/review";
import { planOf, policy, resource } from "./plans";

const OWN = "123456789012";
const STRANGER = "999999999999";
const root = (account: string) => `arn:aws:iam::${account}:root`;
const may = (Principal: object | string | undefined, Action: string, Resource = "*") => ({
  Effect: "Allow",
  ...(Principal === undefined ? {} : { Principal }),
  Action,
  Resource,
});

/** The addresses that a plan of the account's is refused for. */
function refusedIn(resources: readonly ResourceChange[], more: Partial<Plan> = {}): readonly (string | undefined)[] {
  const identity = resource("data.aws_caller_identity.Account", null, { account_id: OWN }, { mode: "data" });
  const data = [{ ...identity, type: "aws_caller_identity" }];
  return reviewPlan({ ...planOf(...resources), data, ...more }, "dev").refusals.map(({ address }) => address);
}

describe("a key", () => {
  const KEY = "aws_kms_key.K";
  const first = (...statements: object[]) => resource(KEY, null, { policy: policy(...statements) });

  test("that is made with the policy that lets the account's IAM decide is as keys are", () => {
    expect(refusedIn([first(may({ AWS: root(OWN) }, "kms:*"))])).toEqual([]);
    expect(refusedIn([first(may({ AWS: OWN }, "kms:*"))])).toEqual([]);
  });

  test.each<[string, object | string]>([
    ["another account", { AWS: root(STRANGER) }],
    ["another account by its number", { AWS: STRANGER }],
    ["a role of this account's", { AWS: `arn:aws:iam::${OWN}:role/admin` }],
    ["a service", { Service: "logs.amazonaws.com" }],
    ["everybody", "*"],
  ])("that is made with everything for %s is refused", (_, principal) => {
    expect(refusedIn([first(may(principal, "kms:*"))])).toEqual([KEY]);
  });

  test("is refused for the account's root too where nobody can tell the account", () => {
    expect(refusedIn([first(may({ AWS: root(OWN) }, "kms:*"))], { data: [] })).toEqual([KEY]);
  });

  test("that did without the account's IAM until now is opened by it", () => {
    const after = policy(may({ AWS: root(OWN) }, "kms:*"));
    expect(refusedIn([resource(KEY, { policy: policy() }, { policy: after })])).toEqual([KEY]);
    const own = "aws_kms_key_policy.P";
    expect(refusedIn([resource(own, null, { key_id: "1234", policy: after })])).toEqual([own]);
    expect(refusedIn([resource(own, null, { policy: after }, { after_unknown: { key_id: true } })])).toEqual([]);
  });
});

test("the policy of a bucket is wide where it names a whole service, whatever it stands on", () => {
  const bucket = "aws_s3_bucket_policy.P";
  const given = (principal: string) =>
    resource(bucket, null, { policy: policy(may({ AWS: principal }, "s3:*", "arn:aws:s3:::lake/*")) });
  expect(refusedIn([given(root(STRANGER))])).toEqual([bucket]);
  expect(refusedIn([given(root(OWN))])).toEqual([]);
});

test("what another account gets is red, and passes where it is little", () => {
  const reads = may({ AWS: root(STRANGER) }, "s3:GetObject", "arn:aws:s3:::lake/*");
  const change = resource("aws_s3_bucket_policy.P", null, { policy: policy(reads) });
  const identity = resource("data.aws_caller_identity.A", null, { account_id: OWN }, { mode: "data" });
  const plan = { ...planOf(change), data: [{ ...identity, type: "aws_caller_identity" }] };
  expect(reviewPlan(plan, "dev")).toMatchObject({
    verdict: "changes",
    changes: [{ policies: [{ refused: [], opens: [{ principal: root(STRANGER) }] }] }],
  });
});

test("the policy of a new endpoint grants nothing; one that lets more through than before is refused", () => {
  const endpoint = "aws_vpc_endpoint.E";
  const all = { ...may("*", "*"), Condition: { StringEquals: { "aws:PrincipalAccount": OWN } } };
  const made = resource(endpoint, null, { policy: policy(all) });
  expect(refusedIn([made])).toEqual([]);
  const before = { policy: policy(may({ AWS: root(OWN) }, "s3:GetObject")) };
  expect(refusedIn([resource(endpoint, before, { policy: policy(all) })])).toEqual([endpoint]);
  // Of a bucket, the same words open it.
  expect(refusedIn([resource("aws_s3_bucket_policy.P", null, { policy: policy(all) })])).toEqual([
    "aws_s3_bucket_policy.P",
  ]);
});

describe("a permission boundary", () => {
  const POLICY = "aws_iam_policy.AtMost";
  const whole = { policy: policy(may(undefined, "s3:*"), may(undefined, "glue:*")) };
  const made = resource(POLICY, null, whole);
  const role = (before: { readonly name: string } | null) => resource("aws_iam_role.R", before, { name: "r" });
  const bounds: Plan["references"] = new Map([["aws_iam_role.R", { permissions_boundary: [POLICY] }]]);
  const both: Plan["references"] = new Map([...bounds, ["aws_iam_role_policy_attachment.A", { policy_arn: [POLICY] }]]);

  test("that is made grants nothing: neither with its roles, nor for roles that had none", () => {
    expect(refusedIn([made, role(null)], { references: bounds })).toEqual([]);
    expect(refusedIn([made, role({ name: "r" })], { references: bounds })).toEqual([]);
  });

  test("is refused, in one line, where it is wider than the one before", () => {
    const before = { policy: policy(may(undefined, "s3:GetObject")) };
    expect(refusedIn([resource(POLICY, before, whole), role({ name: "r" })], { references: bounds })).toEqual([POLICY]);
    const had = resource(
      "aws_iam_role.R",
      { permissions_boundary: "arn:aws:iam::123456789012:policy/old" },
      {},
      { after_unknown: { permissions_boundary: true } },
    );
    expect(refusedIn([made, had], { references: bounds })).toEqual([POLICY]);
  });

  test("is none where something has it as a grant too, or nothing as a boundary", () => {
    expect(refusedIn([made, role(null)], { references: both })).toEqual([POLICY]);
    expect(refusedIn([made])).toEqual([POLICY]);
  });
});
