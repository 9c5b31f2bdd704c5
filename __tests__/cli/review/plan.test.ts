import { CliError } from "../../../cli/lib/errors";
import { parsePlan } from "../../../cli/review/plan";

const refuse = (text: string) => {
  try {
    parsePlan(text, "plan.json");
  } catch (error) {
    if (error instanceof CliError) return error.message;
    throw error;
  }
  throw new Error("it was taken");
};

test("a plan is read, and what a later minor version adds is left alone", () => {
  const plan = parsePlan(
    JSON.stringify({
      format_version: "1.9",
      terraform_version: "1.99.0",
      novelty: { a: 1 },
      planned_values: {},
      resource_changes: [
        {
          address: 'aws_sqs_queue.q["a"]',
          mode: "managed",
          type: "aws_sqs_queue",
          name: "q",
          change: {
            actions: ["update"],
            before: { a: 1 },
            after: { a: 2 },
            after_unknown: {},
            replace_paths: [["a", 0]],
          },
        },
      ],
    }),
    "plan.json",
  );
  expect(plan).toMatchObject({
    terraform_version: "1.99.0",
    resource_changes: [{ address: 'aws_sqs_queue.q["a"]', change: { actions: ["update"], replace_paths: [["a", 0]] } }],
    resource_drift: [],
    output_changes: {},
    errored: false,
  });
});

test("what resources are made from is read of the configuration, in blocks and beside plain values", () => {
  const expressions = {
    name: { constant_value: "n" },
    policy_arn: { references: ["aws_iam_policy.P.arn", "aws_iam_policy.P", "data.aws_partition.X.id"] },
    environment: [{ variables: { references: ["aws_sqs_queue.Q[0].url", "aws_sqs_queue.Q"] } }],
  };
  const root_module = { resources: [{ address: "aws_x.X", expressions }, { address: "aws_x.Y" }] };
  const { references } = parsePlan(
    JSON.stringify({ format_version: "1.2", planned_values: {}, configuration: { root_module } }),
    "p",
  );
  expect([...references]).toEqual([
    ["aws_x.X", { policy_arn: ["aws_iam_policy.P", "data.aws_partition.X"], environment: ["aws_sqs_queue.Q"] }],
  ]);
});

test("a plan without resources is one: there is nothing to do", () => {
  expect(parsePlan('{"format_version":"1.2","planned_values":{}}', "p").resource_changes).toEqual([]);
});

test.each<[string, string, string]>([
  ["nothing", "", "it is empty"],
  ["no JSON", '{"secret": "hunter2", ', "its JSON breaks at "],
  ["the plan itself", "PK\u0003\u0004", "it is the plan itself: show it as JSON first"],
  ["a list", "[]", "it is no JSON object"],
  ["a state", '{"format_version":"1.0","terraform_version":"1.11.0","values":{}}', "it is a state"],
  ["another file", '{"name":"x"}', "it has no format_version and no planned_values"],
  ["a resource without address", '{"format_version":"1.2","resource_changes":[{}]}', "no address or no type"],
  [
    "an action that nobody knows",
    '{"format_version":"1.2","resource_changes":[{"address":"a.b","type":"a","change":{"actions":["explode"]}}]}',
    'its actions are ["explode"]; known are no-op, create,',
  ],
])("%s is refused, with what to type", (_, text, why) => {
  const message = refuse(text);
  expect(message).toContain(why);
  expect(message).toContain("terraform show -json tfplan > plan.json");
  expect(message).not.toContain("hunter2");
});

test("another format is refused, with its number", () => {
  expect(refuse('{"format_version":"2.0","planned_values":{}}')).toContain(
    'a plan of format "2.0"; formats 1.x are known',
  );
});
