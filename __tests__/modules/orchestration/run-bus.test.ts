import { RunBus } from "../../../modules/orchestration";
import { aLake, aRole, NAMES } from "../support/parts";
import { decoded, rightsOf, synthesize } from "../support/synthesis";

const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:commerce-lake-test";

const stack = synthesize((scope) => {
  const bus = new RunBus(scope, "RunBus", { names: NAMES, store: aLake(scope).artifacts, stateMachineArn: MACHINE });
  bus.grantPut(aRole(scope));
});
const bus = stack.only("aws_cloudwatch_event_bus");
const rule = stack.only("aws_cloudwatch_event_rule");
const fn = stack.find("aws_lambda_function", "function_name", "commerce-lake-request-run-test");
const queue = stack.only("aws_sqs_queue");

test("everything on the bus but the lake's own events is looked at", () => {
  expect(bus).toMatchObject({ name: "commerce-lake-test" });
  expect(rule).toMatchObject({ event_bus_name: `\${${bus.address}.name}` });
  expect(decoded(rule.event_pattern)).toEqual({
    "detail-type": [{ "anything-but": ["RunSucceeded", "RunPartial", "RunFailed"] }],
  });
  expect(stack.only("aws_lambda_permission")).toMatchObject({
    function_name: `\${${fn.address}.function_name}`,
    source_arn: `\${${rule.address}.arn}`,
  });
});

test("what is refused, what cannot be delivered, and what the function fails on, is kept in one place", () => {
  const kept = `\${${queue.address}.arn}`;
  expect(queue.name).toBe("commerce-lake-refused-requests-test");
  expect(stack.only("aws_cloudwatch_event_target")).toMatchObject({
    event_bus_name: `\${${bus.address}.name}`,
    arn: `\${${fn.address}.arn}`,
    dead_letter_config: { arn: kept },
  });
  expect(stack.only("aws_lambda_function_event_invoke_config")).toMatchObject({
    destination_config: { on_failure: { destination: kept } },
  });
  expect(JSON.stringify(fn.environment)).toContain(`\${${queue.address}.url}`);
});

test("the function may start runs and refuse requests, and nothing else", () => {
  const rights = rightsOf(stack, "request-run").map(({ sid, actions, resources }) => ({ sid, actions, resources }));
  expect(rights.filter(({ sid }) => sid !== "WriteLogs" && sid !== "SendTraces")).toEqual([
    { sid: "StartRun", actions: ["states:StartExecution"], resources: [MACHINE] },
    { sid: "SendToRefusedRequests", actions: ["sqs:SendMessage"], resources: [`\${${queue.address}.arn}`] },
  ]);
});

test("whoever may put events on the bus may do that alone", () => {
  const granted = JSON.stringify(stack.json.resource);
  expect(granted).toContain("events:PutEvents");
  expect(granted).not.toContain("events:*");
});
