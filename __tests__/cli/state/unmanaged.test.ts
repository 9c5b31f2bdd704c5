import { type Found, isOurs, unmanaged } from "../../../cli/state/unmanaged";
import { names as namesOf } from "../../../modules/lib/naming";

const names = namesOf({ name: "dev", account: "123456789012" });
const found = (kind: string, name: string, id = name, by: Found["by"] = "name"): Found => ({ kind, name, id, by });
const state = (values: object) => [{ address: "aws_x.A", type: "aws_x", values: { ...values } }];

test.each([
  [names.bucket, true],
  [names.job("review_etl"), true],
  [names.database("raw"), true],
  [names.queue("uploads"), true],
  [names.piiKeySecret, true],
  [names.logGroups.function("validate-file"), true],
  [names.logGroups.jobPrefix("review_etl"), true],
  ["commerce-lake-by-hand-dev", true],
  ["commerce-lake-by-hand-prod", false],
  ["commerce-lake-development-x", false],
  ["somebody-elses-dev", false],
  ["raw_prod", false],
])("%s is ours: %s", (name, ours) => {
  expect(isOurs(name, names)).toBe(ours);
});

test("what is in the state by its ARN, name or id is managed; the rest of ours is not, each once", () => {
  const account = [
    found("bucket", names.bucket),
    found("log group", names.logGroups.flowLogs, "arn:logs:flow:*"),
    found("queue", "commerce-lake-x-dev", "https://sqs/commerce-lake-x-dev"),
    found("queue", "commerce-lake-y-dev", "https://sqs/commerce-lake-y-dev"),
    found("queue", "commerce-lake-y-dev", "https://sqs/commerce-lake-y-dev"),
    found("bucket", "somebody-elses"),
  ];
  const managed = [
    ...state({ bucket: names.bucket }),
    ...state({ arn: "arn:logs:flow" }),
    ...state({ id: "https://sqs/commerce-lake-x-dev" }),
  ];
  expect(unmanaged(account, managed, names)).toEqual([account[3]]);
});

test("what carries our tags is ours whatever its name", () => {
  const topic = found("sns", "other", "arn:sns:other", "tags");
  expect(unmanaged([topic], [], names)).toEqual([topic]);
});

test("what others make under our names comes with the reason", () => {
  const bucket = found("bucket", "commerce-lake-dev-state");
  expect(unmanaged([bucket], [], names)).toEqual([{ ...bucket, known: expect.stringContaining("bootstrap") }]);
});
