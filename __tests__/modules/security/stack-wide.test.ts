import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { LogsKey, PermissionBoundary } from "../../../modules/security";
import { aRole, NAMES } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

describe("the key of the logs", () => {
  const build = (trails: string[]) =>
    synthesize((scope) => {
      new CloudwatchLogGroup(scope, "Before", { name: "before" });
      new LogsKey(scope, "LogsKey", { alias: "test/logs", trails });
      new CloudwatchLogGroup(scope, "After", { name: "after" });
      new CloudwatchLogGroup(scope, "Own", { name: "own", kmsKeyId: "arn:of:another" });
    });

  test("encrypts every log group of the stack, whenever it was made, but for those with another key", () => {
    const stack = build([]);
    const key = `\${${stack.only("aws_kms_key").address}.arn}`;
    const keyOf = (name: string) => stack.find("aws_cloudwatch_log_group", "name", name).kms_key_id;
    expect([keyOf("before"), keyOf("after"), keyOf("own")]).toEqual([key, key, "arn:of:another"]);
  });

  test("is CloudWatch's for this account's groups, and CloudTrail's for the trails that are named", () => {
    const [, logs, trails] = statements(build(["a-trail"]).only("aws_kms_key").policy);
    expect(logs).toMatchObject({
      principals: { Service: [expect.stringMatching(/^logs\..*\.amazonaws\.com$/)] },
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": expect.stringMatching(/:log-group:\*$/) } },
    });
    expect(trails).toMatchObject({
      principals: { Service: ["cloudtrail.amazonaws.com"] },
      conditions: { StringEquals: { "aws:SourceArn": [expect.stringMatching(/:trail\/a-trail$/)] } },
    });
    expect(statements(build([]).only("aws_kms_key").policy)).toHaveLength(2);
  });
});

describe("the permission boundary", () => {
  const build = (exists: boolean) =>
    synthesize((scope) => {
      aRole(scope).allow({ sid: "Something", actions: ["s3:GetObject"], resources: ["x"] });
      new PermissionBoundary(scope, "PermissionBoundary", { name: NAMES.permissionBoundary, exists });
      new IamRole(scope, "Own", { name: "own", assumeRolePolicy: "{}", permissionsBoundary: "arn:of:another" });
    });
  const boundaryOf = (stack: ReturnType<typeof build>, name: string) =>
    stack.find("aws_iam_role", "name", name).permissions_boundary;

  test("is on every role of the stack that has no other", () => {
    const stack = build(false);
    expect(boundaryOf(stack, "grantee")).toBe(`\${${stack.only("aws_iam_policy").address}.arn}`);
    expect(boundaryOf(stack, "own")).toBe("arn:of:another");
  });

  test("leaves no room for changes to IAM, and none for other accounts", () => {
    const [statement, ...others] = statements(build(false).only("aws_iam_policy").policy);
    expect(others).toEqual([]);
    expect(statement?.conditions).toEqual({
      StringEqualsIfExists: { "aws:ResourceAccount": expect.stringContaining("account_id") },
    });
    const services = new Set(statement?.actions.map((action) => action.split(":")[0]));
    for (const service of ["iam", "sts", "organizations", "cloudtrail", "*"]) expect(services).not.toContain(service);
    for (const action of ["kms:*", "ec2:*", "lambda:*", "kms:PutKeyPolicy"]) {
      expect(statement?.actions).not.toContain(action);
    }
  });

  test("may be the organisation's, and is then not made", () => {
    const stack = build(true);
    expect(stack.has("aws_iam_policy")).toBe(false);
    expect(boundaryOf(stack, "grantee")).toMatch(/^arn:.*:policy\/commerce-lake-boundary-test$/);
  });

  test("has a name that IAM allows", () => {
    expect(() =>
      synthesize((scope) => {
        new PermissionBoundary(scope, "PermissionBoundary", { name: "not allowed" });
      }),
    ).toThrow(/policy.*received "not allowed"/);
  });
});
