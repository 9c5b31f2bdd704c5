import { DataKey, type DataKeyProps, KEY_DEFAULTS } from "../../../modules/security";
import { statements, synthesize } from "../support/synthesis";

const build = (props: Partial<DataKeyProps> = {}) =>
  synthesize((stack) => {
    new DataKey(stack, "DataKey", { alias: "data-lake-test", ...props });
  });

test("the key renews itself, is hard to lose, and only IAM of this account says who uses it", () => {
  const stack = build();
  const key = stack.only("aws_kms_key");
  expect(key).toMatchObject({ enable_key_rotation: true, deletion_window_in_days: 30 });
  expect(KEY_DEFAULTS.deletionDays).toBe(30);
  expect(statements(key.policy)).toEqual([
    {
      sid: "AccountDecides",
      effect: "Allow",
      principals: { AWS: [expect.stringMatching(/:iam::\$\{.*account_id\}:root$/)] },
      actions: ["kms:*"],
      resources: ["*"],
      conditions: {},
    },
  ]);
  expect(stack.only("aws_kms_alias")).toMatchObject({
    name: "alias/data-lake-test",
    target_key_id: `\${${key.address}.key_id}`,
  });
});

test.each<[Partial<DataKeyProps>, RegExp]>([
  [{ deletionDays: 6 }, /whole number from 7 to 30; received 6/],
  [{ deletionDays: 31 }, /received 31/],
  [{ deletionDays: 7.5 }, /received 7.5/],
  [{ alias: "" }, /an alias has 1 to 250/],
  [{ alias: "alias:x" }, /received "alias:x"/],
  [{ alias: "aws/s3" }, /does not begin with "aws\/"/],
])("%j is refused", (props, message) => {
  expect(() => build(props)).toThrow(message);
});

test("the bounds themselves are taken", () => {
  expect(build({ deletionDays: 7 }).only("aws_kms_key").deletion_window_in_days).toBe(7);
});
