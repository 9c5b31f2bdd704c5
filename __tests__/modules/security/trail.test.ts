import { AccessLogs, permitDataDeletion } from "../../../modules/lake";
import { LogsKey, TRAIL_DEFAULTS, Trail, type TrailProps } from "../../../modules/security";
import { statements, synthesize } from "../support/synthesis";

const build = (props: Partial<TrailProps> = {}, leave = false) =>
  synthesize((stack) => {
    if (leave) permitDataDeletion(stack);
    const key = new LogsKey(stack, "LogsKey", { alias: "test/logs", trails: ["the-trail"] });
    new Trail(stack, "Trail", {
      name: "the-trail",
      bucketName: "the-trail-bucket",
      watched: ["arn:of:lake"],
      kmsKeyArn: key.keyArn,
      lifecycle: true,
      ...props,
    });
  });

test("every read, write and delete of the lake's objects is kept, encrypted, with digests", () => {
  const stack = build();
  expect(stack.only("aws_cloudtrail")).toMatchObject({
    name: "the-trail",
    enable_log_file_validation: true,
    kms_key_id: `\${${stack.only("aws_kms_key").address}.arn}`,
    advanced_event_selector: [
      {
        field_selector: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.type", equals: ["AWS::S3::Object"] },
          { field: "resources.ARN", starts_with: ["arn:of:lake/"] },
        ],
      },
    ],
  });
});

test("its bucket takes what this trail writes, and nothing else from CloudTrail", () => {
  const stack = build();
  const allowed = statements(stack.only("aws_s3_bucket_policy").policy).filter(({ effect }) => effect === "Allow");
  expect(allowed.map(({ sid, actions }) => [sid, actions])).toEqual([
    ["AllowTrailToLook", ["s3:GetBucketAcl"]],
    ["AllowTrail", ["s3:PutObject"]],
  ]);
  for (const { principals, conditions } of allowed) {
    expect(principals).toEqual({ Service: ["cloudtrail.amazonaws.com"] });
    expect(conditions).toEqual({ StringEquals: { "aws:SourceArn": expect.stringMatching(/:trail\/the-trail$/) } });
  }
  expect(allowed[1]?.resources).toEqual([expect.stringMatching(/\/AWSLogs\/.*account_id\}?\/\*$/)]);
});

test("it is kept for a year, for as long as is chosen, or for ever", () => {
  const expiry = (props: Partial<TrailProps>) =>
    JSON.stringify(build(props).only("aws_s3_bucket_lifecycle_configuration").rule);
  expect(expiry({})).toContain(`"expiration":[{"days":${TRAIL_DEFAULTS.retentionDays}}]`);
  expect(expiry({ retentionDays: 1 })).toContain('"expiration":[{"days":1}]');
  expect(build({ lifecycle: false }).has("aws_s3_bucket_lifecycle_configuration")).toBe(false);
  expect(() => build({ retentionDays: 0 })).toThrow(/retentionDays of a trail is a whole number from 1 to 36500/);
});

test("it goes with the stack only where both say so", () => {
  expect(build().only("aws_s3_bucket").force_destroy).toBe(false);
  expect(build({ destroyData: true }, true).only("aws_s3_bucket").force_destroy).toBe(true);
  expect(() => build({ destroyData: true })).toThrow(/the environment gives leave/);
});

test("who asked for it is logged where a bucket of access logs is given", () => {
  const stack = synthesize((scope) => {
    new Trail(scope, "Trail", {
      name: "the-trail",
      bucketName: "the-trail-bucket",
      watched: ["arn:of:lake"],
      kmsKeyArn: "arn:of:key",
      lifecycle: false,
      accessLogs: new AccessLogs(scope, "Logs", { bucketName: "the-logs", destroyData: false }),
    });
  });
  expect(stack.only("aws_s3_bucket_logging")).toMatchObject({ target_prefix: "the-trail-bucket/" });
});

test("a name that CloudTrail would refuse is refused", () => {
  expect(() => build({ name: "a" })).toThrow(/trail.*received "a"/);
});
