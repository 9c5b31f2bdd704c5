import { Monitoring } from "../../../modules/monitoring";
import { EndedRuns, RunBus } from "../../../modules/orchestration";
import { HistoryTable } from "../../../modules/query";
import { aCatalog, aLake, aLedger, BUDGET, LIMITS, NAMES } from "../support/parts";
import { decoded, rightsOf, synthesize } from "../support/synthesis";

const JOB = "arn:aws:glue:us-east-1:123456789012:job/review-etl-test";
const MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:commerce-lake-test";

const stack = synthesize((scope) => {
  const lake = aLake(scope);
  const runLedger = aLedger(scope);
  const { notifications } = new Monitoring(scope, "Monitoring", {
    names: NAMES,
    lake,
    runLedger,
    limits: LIMITS,
    budget: BUDGET,
  });
  const jobs = [{ arn: JOB }];
  const { curated } = aCatalog(scope, lake).databases;
  const history = [new HistoryTable(scope, "Runs", { table: "pipeline_runs", database: curated })];
  const bus = new RunBus(scope, "RunBus", { names: NAMES, store: lake.artifacts, stateMachineArn: MACHINE });
  new EndedRuns(scope, "EndedRuns", {
    names: NAMES,
    lake,
    runLedger,
    stateMachineArn: MACHINE,
    notifications,
    bus,
    jobs,
    history,
  });
});
const fn = stack.find("aws_lambda_function", "function_name", "commerce-lake-close-run-test");
const queue = stack.find("aws_sqs_queue", "name", "commerce-lake-unclosed-runs-test");
const rule = stack.find("aws_cloudwatch_event_rule", "name", "commerce-lake-runs-test");
const ofClose = `\${${fn.address}.function_name}`;

test("hears of every end of this machine's runs", () => {
  expect(decoded(rule.event_pattern)).toEqual({
    source: ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    detail: { stateMachineArn: [MACHINE], status: ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] },
  });
  expect(stack.find("aws_lambda_permission", "function_name", ofClose)).toMatchObject({
    principal: "events.amazonaws.com",
    source_arn: `\${${rule.address}.arn}`,
  });
});

test("what cannot be delivered, and what the function fails on, is kept", () => {
  const kept = `\${${queue.address}.arn}`;
  expect(stack.find("aws_cloudwatch_event_target", "arn", `\${${fn.address}.arn}`)).toMatchObject({
    dead_letter_config: { arn: kept },
  });
  expect(stack.find("aws_lambda_function_event_invoke_config", "function_name", ofClose)).toMatchObject({
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

test("the function may look at what the jobs used, and is told what code is deployed", () => {
  const rights = rightsOf(stack, "close-run").filter(({ actions }) => actions.some((one) => one.startsWith("glue:")));
  expect(rights).toMatchObject([{ actions: ["glue:GetJobRun"], resources: [JOB] }]);
  expect(JSON.stringify(fn.environment)).toMatch(/"CODE_VERSION":"\d+\.\d+\.\d+\+[0-9a-f]{12}"/);
});

test("the function may put events on the lake's bus", () => {
  const bus = stack.only("aws_cloudwatch_event_bus");
  const rights = rightsOf(stack, "close-run").filter(({ actions }) => actions.some((one) => one.startsWith("events:")));
  expect(rights).toMatchObject([{ actions: ["events:PutEvents"], resources: [`\${${bus.address}.arn}`] }]);
  expect(JSON.stringify(fn.environment)).toContain(`\${${bus.address}.name}`);
});

test("the function may add to the tables of all runs, and change nothing else that is published", () => {
  const rights = rightsOf(stack, "close-run").filter(({ resources }) => JSON.stringify(resources).includes("curated/"));
  expect(rights).toMatchObject([{ resources: [expect.stringMatching(/\/curated\/pipeline_runs\/\*$/)] }]);
});
