import { EXCEPTIONS, type Exception } from "../../../cli/checkov/exceptions";
import { type Finding, judge } from "../../../cli/checkov/judge";
import { read, readable } from "../../../cli/checkov/scan";

const FINDING: Finding = {
  check: "CKV_AWS_1",
  name: "Ensure it",
  stack: "dev",
  resource: "Lake_Bucket_1A2B3C4D",
};
const POLICY = `{"Version":"2012-10-17","Statement":[{"Resource":["\${aws_s3_bucket.Lake.arn}/*"]}]}`;
const reasons = (...exceptions: Omit<Exception, "reason">[]) =>
  exceptions.map((one) => ({ ...one, reason: "because" }));

test("a finding without a reason is one, and so is a reason without a finding", () => {
  const exceptions = reasons({ check: "CKV_AWS_2" });
  expect(judge([FINDING], exceptions)).toMatchObject({ unexplained: [FINDING], stale: exceptions });
});

test.each([
  ["its check", { check: "CKV_AWS_1" }],
  ["its resource", { check: "CKV_AWS_1", on: /^Lake_Bucket_/ }],
  ["its stack", { check: "CKV_AWS_1", in: ["local", "dev"] }],
] as const)("a reason covers a finding by %s", (_, exception) => {
  expect(judge([FINDING], reasons(exception))).toMatchObject({ unexplained: [], stale: [] });
});

test.each([
  ["another check", { check: "CKV_AWS_10" }],
  ["another resource", { check: "CKV_AWS_1", on: /^Trail_/ }],
  ["another stack", { check: "CKV_AWS_1", in: ["prod"] }],
] as const)("a reason for %s does not", (_, exception) => {
  expect(judge([FINDING], reasons(exception)).unexplained).toEqual([FINDING]);
});

test("the first reason that covers a finding counts, so that a second one for the same is stale", () => {
  const [narrow, wide] = reasons({ check: "CKV_AWS_1", in: ["dev"] }, { check: "CKV_AWS_1" });
  if (narrow === undefined || wide === undefined) throw new Error("two were made");
  expect(judge([FINDING], [narrow, wide]).stale).toEqual([wide]);
});

test("every reason of ours says something", () => {
  for (const { check, reason } of EXCEPTIONS)
    expect([check, reason]).toEqual([check, expect.stringMatching(/\w+ \w+ \w+/)]);
});

test("checkov gets what it judges, with policies as the JSON that AWS gets", () => {
  const policy = `\${jsonencode(${POLICY})}`;
  expect(
    readable({
      "//": {},
      terraform: { required_version: ">= 1.11.0" },
      output: {},
      resource: { aws_iam_policy: { P: { policy, tags: { Team: "team" }, list: [policy, 1, true, null] } } },
    }),
  ).toEqual({
    resource: {
      aws_iam_policy: {
        P: {
          policy: POLICY,
          tags: { Team: "team" },
          list: [expect.stringContaining("Statement"), 1, true, null],
        },
      },
    },
  });
});

describe("a report of checkov", () => {
  const failed = { check_id: "CKV_AWS_1", check_name: "Ensure it", file_path: "/dev/cdk.tf.json" };
  const report = (summary: object, resource = "aws_s3_bucket.Lake_Bucket_1A2B3C4D") =>
    JSON.stringify({
      results: { failed_checks: [{ ...failed, resource }] },
      summary: { passed: 3, parsing_errors: 0, ...summary },
    });

  test("names the environment by the folder, and the resource by its id", () => {
    expect(read(report({}))).toEqual({ passed: 3, findings: [FINDING] });
    expect(read(report({}, "resource.Lake_Bucket_1A2B3C4D")).findings).toEqual([FINDING]);
  });

  test.each([{ parsing_errors: 1 }, { passed: 0 }])("counts for nothing with %j", (summary) => {
    expect(() => read(report(summary))).toThrow("checkov could not read a synthesized stack");
  });

  test("about an unknown file is refused", () => {
    expect(() => read(report({}).replace("/dev/", "/elsewhere/"))).toThrow("a file that it was not given");
  });
});
