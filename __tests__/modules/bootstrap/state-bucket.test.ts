import { DEFAULTS, StateBucket, type StateBucketProps } from "../../../modules/bootstrap";
import { synthesize } from "../support/synthesis";

const build = (props: Partial<StateBucketProps> = {}) =>
  synthesize((stack) => {
    new StateBucket(stack, "State", { bucketName: "the-state", ...props });
  });

test("states are kept as versions, encrypted, logged, and never destroyed with the stack", () => {
  const stack = build();
  const bucket = stack.find("aws_s3_bucket", "bucket", "the-state");
  const ref = `\${${bucket.address}.id}`;
  expect(bucket.force_destroy).toBe(false);
  expect(stack.find("aws_s3_bucket_versioning", "bucket", ref).versioning_configuration).toEqual({ status: "Enabled" });
  expect(
    JSON.stringify(stack.find("aws_s3_bucket_server_side_encryption_configuration", "bucket", ref).rule),
  ).toContain("AES256");
  expect(stack.find("aws_s3_bucket_logging", "bucket", ref).target_prefix).toBe("the-state/");
  expect(stack.find("aws_s3_bucket", "bucket", "the-state-logs").force_destroy).toBe(false);
});

test("states never expire, earlier ones after as many days as are said", () => {
  const rules = (props: Partial<StateBucketProps> = {}) => {
    const stack = build(props);
    const { address } = stack.find("aws_s3_bucket", "bucket", "the-state");
    return JSON.stringify(stack.find("aws_s3_bucket_lifecycle_configuration", "bucket", `\${${address}.id}`).rule);
  };
  expect(rules()).toContain(`"noncurrent_version_expiration":[{"noncurrent_days":${DEFAULTS.noncurrentDays}}]`);
  expect(rules({ noncurrentDays: 1 })).toContain('"noncurrent_days":1}');
  expect(rules()).not.toMatch(/"expiration":\[\{"days"/);
});

test.each<[Partial<StateBucketProps>, RegExp]>([
  [{ noncurrentDays: 0 }, /test\/State: noncurrentDays is a whole number from 1 to 36500; received 0/],
  [{ accessLogDays: 0.5 }, /accessLogDays is a whole number from 1 to 36500; received 0.5/],
  [{ bucketName: "The_State" }, /bucket.*received "The_State-logs"/],
])("%j is refused", (props, message) => {
  expect(() => build(props)).toThrow(message);
});
