import { permitDataDeletion } from "../../../modules/lake";
import { DEFAULTS, PiiKey, type PiiKeyProps, PiiKeyRotation } from "../../../modules/security";
import { aLake, aRole, NAMES } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

const build = (props: Partial<PiiKeyProps> = {}, leave = false) =>
  synthesize((stack) => {
    if (leave) permitDataDeletion(stack);
    new PiiKey(stack, "PiiKey", { name: "commerce-lake/test/pii-key", ...props });
  });

test("the key is made by AWS, handed on write-only, and kept by nobody on the way", () => {
  const stack = build();
  expect(stack.json.ephemeral).toEqual({
    aws_secretsmanager_random_password: {
      PiiKey_Value_3CEAA1A2: { password_length: DEFAULTS.length, exclude_punctuation: true },
    },
  });
  const version = stack.only("aws_secretsmanager_secret_version");
  expect(version).toMatchObject({
    secret_string_wo: `\${ephemeral.aws_secretsmanager_random_password.PiiKey_Value_3CEAA1A2.random_password}`,
    secret_string_wo_version: DEFAULTS.version,
  });
  // These would be in the state.
  expect(version.secret_string).toBeUndefined();
  expect(version.secret_binary).toBeUndefined();
});

test("a deleted key can be had back for 30 days unless the environment says otherwise", () => {
  expect(DEFAULTS.recoveryDays).toBe(30);
  expect(build().only("aws_secretsmanager_secret").recovery_window_in_days).toBe(30);
  expect(build({ recoveryDays: 0 }, true).only("aws_secretsmanager_secret").recovery_window_in_days).toBe(0);
  expect(build({ recoveryDays: 7 }).only("aws_secretsmanager_secret").recovery_window_in_days).toBe(7);
});

test("a raised version has a new key made", () => {
  expect(build({ version: 2 }).only("aws_secretsmanager_secret_version").secret_string_wo_version).toBe(2);
});

test.each<[Partial<PiiKeyProps>, RegExp]>([
  [{ version: 0 }, /versions of the key count up from 1; received 0/],
  [{ version: 1.5 }, /received 1.5/],
  [{ recoveryDays: 0 }, /data is destroyed only where recoveryDays: 0 says so and the environment gives leave/],
  [{ recoveryDays: 6 }, /7 to 30 days, or not at all \(0\); received 6/],
  [{ recoveryDays: 31 }, /received 31/],
  [{ recoveryDays: -1 }, /received -1/],
  [{ name: "pii key" }, /secret.*received "pii key"/],
])("%p is refused", (props, message) => {
  expect(() => build(props)).toThrow(message);
});

test("readers read the value and change nothing", () => {
  const stack = synthesize((scope) => new PiiKey(scope, "PiiKey", { name: "a/key" }).grantRead(aRole(scope)));
  expect(statements(stack.only("aws_iam_role_policy").policy)).toMatchObject([
    {
      sid: "ReadPiiKey",
      actions: ["secretsmanager:GetSecretValue"],
      resources: [`\${${stack.only("aws_secretsmanager_secret").address}.arn}`],
    },
  ]);
});

describe("rotated by schedule", () => {
  const rotated = (days: number) =>
    synthesize((scope) => {
      const piiKey = new PiiKey(scope, "PiiKey", { name: "a/key" });
      new PiiKeyRotation(scope, "Rotation", { names: NAMES, piiKey, store: aLake(scope).artifacts, days });
    });

  test("Secrets Manager calls the function for this secret alone, which may touch no other", () => {
    const stack = rotated(365);
    const secret = `\${${stack.only("aws_secretsmanager_secret").address}.arn}`;
    expect(stack.only("aws_secretsmanager_secret_rotation")).toMatchObject({
      rotate_immediately: false,
      rotation_rules: { automatically_after_days: 365 },
      rotation_lambda_arn: `\${${stack.only("aws_lambda_function").address}.arn}`,
    });
    expect(stack.only("aws_lambda_permission")).toMatchObject({
      principal: "secretsmanager.amazonaws.com",
      source_arn: secret,
    });
    const rights = statements(stack.only("aws_iam_role_policy").policy);
    expect(rights.find(({ sid }) => sid === "RotateKey")?.resources).toEqual([secret]);
  });

  test.each([0, 1_001, 1.5])("%d days between two keys are refused", (days) => {
    expect(() => rotated(days)).toThrow(/test\/Rotation: days between two keys is a whole number from 1 to 1000/);
  });
});
