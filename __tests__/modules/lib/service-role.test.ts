import type { ServiceRole } from "../../../modules/lib/service-role";
import { aRole } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

const READ = { sid: "Read", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::x/*"] };

test("a role is assumed by its service alone, for this account alone", () => {
  const { only } = bound((role) => role.allow(READ));
  const [trust, ...others] = statements(only("aws_iam_role").assume_role_policy);
  expect(others).toEqual([]);
  expect(trust).toEqual({
    sid: "",
    effect: "Allow",
    actions: ["sts:AssumeRole"],
    resources: [],
    principals: { Service: ["lambda.amazonaws.com"] },
    conditions: { StringEquals: { "aws:SourceAccount": `\${data.aws_caller_identity.Account.account_id}` } },
  });
});

test("every grant becomes one statement of one policy, conditions and all", () => {
  const conditions = { StringLike: { "s3:prefix": ["raw/*"] } };
  const { only } = bound((role) => {
    role.allow(READ);
    role.allow({ sid: "List", actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::x"], conditions });
  });
  expect(statements(only("aws_iam_role_policy").policy)).toMatchObject([
    { ...READ, effect: "Allow", conditions: {} },
    { sid: "List", actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::x"], conditions },
  ]);
});

test("the same grant given twice is one statement", () => {
  const { only } = bound((role) => role.allow(READ, { ...READ }));
  expect(statements(only("aws_iam_role_policy").policy)).toHaveLength(1);
});

test.each([
  ["another permission under a sid that is taken", { ...READ, actions: ["s3:PutObject"] }, /"Read" is taken/],
  ["no action", { ...READ, sid: "None", actions: [] }, /at least one action and one resource/],
  ["no resource", { ...READ, sid: "None", resources: [] }, /at least one action and one resource/],
  ["a sid that IAM would refuse", { ...READ, sid: "Read*" }, /a sid is letters and digits; received "Read\*"/],
])("%s is refused", (_what, permission, message) => {
  expect(() => bound((role) => role.allow(READ, permission))).toThrow(message);
  expect(() => bound((role) => role.allow(READ, permission))).toThrow(/^test\/Grantee: /);
});

test("a role that may do nothing is refused at synthesis", () => {
  expect(() => bound(() => {})).toThrow(/"grantee" may do nothing/);
});

function bound(grant: (role: ServiceRole) => void) {
  const synthesis = synthesize((stack) => grant(aRole(stack)));
  return { only: (type: string) => synthesis.only(type) };
}
