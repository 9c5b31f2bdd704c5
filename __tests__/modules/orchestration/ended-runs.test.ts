import { Monitoring } from "../../../modules/monitoring";
import { EndedRuns } from "../../../modules/orchestration";
import { aLake, aLedger, NAMES } from "../support/parts";
import { decoded, rightsOf, synthesize } from "../support/synthesis";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:commerce-lake-test";

const stack = synthesize((scope) => {
  const lake = aLake(scope);
  const runLedger = aLedger(scope);
  const { notifications } = new Monitoring(scope, "Monitoring", { names: NAMES, lake, runLedger });
  new EndedRuns(scope, "EndedRuns", { names: NAMES, lake, runLedger, stateMachineArn: MACHINE, notifications });
});
const fn = stack.find("aws_lambda_function", "function_name", "commerce-lake-close-run-test");
const queue = stack.only("aws_sqs_queue");
const rule = stack.only("aws_cloudwatch_event_rule");

test("hears of every end of this machine's runs but the good one", () => {
  expect(decoded(rule.event_pattern)).toEqual({
    source: ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    detail: { stateMachineArn: [MACHINE], status: ["FAILED", "TIMED_OUT", "ABORTED"] },
  });
  expect(stack.only("aws_lambda_permission")).toMatchObject({
    function_name: `\${${fn.address}.function_name}`,
    principal: "events.amazonaws.com",
    source_arn: `\${${rule.address}.arn}`,
  });
});

test("what cannot be delivered, and what the function fails on, is kept", () => {
  const kept = `\${${queue.address}.arn}`;
  expect(queue.name).toBe("commerce-lake-unclosed-runs-test");
  expect(stack.only("aws_cloudwatch_event_target")).toMatchObject({
    arn: `\${${fn.address}.arn}`,
    dead_letter_config: { arn: kept },
  });
  expect(stack.only("aws_lambda_function_event_invoke_config")).toMatchObject({
    maximum_retry_attempts: 2,
    destination_config: { on_failure: { destination: kept } },
  });
});

test("the function may look at this machine's runs, and starts or stops none", () => {
  const states = rightsOf(stack, "close-run").filter(({ actions }) => actions.some((one) => one.startsWith("states:")));
  expect(states).toMatchObject([
    {
      actions: ["states:DescribeExecution", "states:GetExecutionHistory"],
      resources: [expect.stringMatching(/:execution:commerce-lake-test:\*$/)],
    },
  ]);
});
