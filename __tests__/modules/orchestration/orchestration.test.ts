import { ConfigurationError } from "../../../modules/lib/errors";
import { Orchestration, type OrchestrationProps, RUNS_BY_STATE, RunLedger } from "../../../modules/orchestration";
import { NAMES } from "../support/parts";
import { asObject, rightsOf, synthesize, synthesizeEnvironment } from "../support/synthesis";
import { PARTS } from "./parts";

function build(props: Partial<OrchestrationProps> = {}) {
  return synthesize((stack) => {
    new Orchestration(stack, "Orchestration", {
      ...PARTS,
      names: NAMES,
      logs: { retentionDays: 7 },
      tracing: { enabled: false },
      ...props,
    });
  });
}

test("a standard machine that logs everything but data", () => {
  const stack = build();
  const logs = stack.only("aws_cloudwatch_log_group");
  expect(logs).toMatchObject({ name: "/aws/vendedlogs/states/commerce-lake-test", retention_in_days: 7 });
  expect(stack.only("aws_sfn_state_machine")).toMatchObject({
    name: "commerce-lake-test",
    logging_configuration: {
      level: "ALL",
      include_execution_data: false,
      log_destination: `\${${logs.address}.arn}:*`,
    },
    tracing_configuration: { enabled: false },
    depends_on: [stack.only("aws_iam_role_policy").address],
  });
  // Express machines may run a state twice, and end after five minutes.
  expect(JSON.stringify(stack.json.resource)).toContain('"type":"STANDARD"');
});

test("data in the log is a choice", () => {
  const machine = build({ logs: { retentionDays: 7, executionData: true } }).only("aws_sfn_state_machine");
  expect(machine.logging_configuration).toMatchObject({ include_execution_data: true });
});

test("traces are a choice, and so is the right to send them", () => {
  const sids = (enabled: boolean) => rightsOf(build({ tracing: { enabled } }), "state-machine").map(({ sid }) => sid);
  expect(build({ tracing: { enabled: true } }).only("aws_sfn_state_machine").tracing_configuration).toEqual({
    enabled: true,
  });
  expect(sids(true)).toContain("SendTraces");
  expect(sids(false)).not.toContain("SendTraces");
});

test("only what knows no resources is allowed on all of them", () => {
  const everywhere = rightsOf(build({ tracing: { enabled: true } }), "state-machine").filter(({ resources }) =>
    resources.includes("*"),
  );
  expect(everywhere.map(({ sid }) => sid)).toEqual(["DeliverLogs", "SendTraces"]);
});

test("without a schedule there is none", () => {
  expect(build().has("aws_scheduler_schedule")).toBe(false);
});

test("the schedule starts the run of the day before, as it is or not at all", () => {
  const stack = build({ schedule: { expression: "cron(0 3 * * ? *)", enabled: false } });
  const arn = `\${${stack.only("aws_sfn_state_machine").address}.arn}`;
  const queue = stack.find("aws_sqs_queue", "name", "commerce-lake-unstarted-runs-test");
  const unstarted = `\${${queue.address}.arn}`;
  expect(stack.only("aws_scheduler_schedule")).toMatchObject({
    schedule_expression: "cron(0 3 * * ? *)",
    schedule_expression_timezone: "UTC",
    state: "DISABLED",
    target: {
      arn,
      // As it stands: EventBridge Scheduler looks for its keyword by these very characters.
      input: '{"trigger":"schedule","scheduledTime":"<aws.scheduler.scheduled-time>"}',
      dead_letter_config: { arn: unstarted },
      retry_policy: { maximum_event_age_in_seconds: 3600, maximum_retry_attempts: 10 },
    },
  });
  expect(rightsOf(stack, "daily-trigger")).toMatchObject([
    { actions: ["states:StartExecution"], resources: [arn] },
    { actions: ["sqs:SendMessage"], resources: [unstarted] },
  ]);
});

test("the schedule keeps its time zone", () => {
  const schedule = { expression: "cron(0 3 * * ? *)", enabled: true, timezone: "Europe/Berlin" };
  expect(build({ schedule }).only("aws_scheduler_schedule")).toMatchObject({
    schedule_expression_timezone: "Europe/Berlin",
    state: "ENABLED",
  });
});

test("settings that no run can have are refused", () => {
  expect(() => build({ settings: { lease: 1 } })).toThrow(ConfigurationError);
});

test("the ledger finds runs by state", () => {
  const ledger = synthesize((stack) => new RunLedger(stack, "RunLedger", { name: "run-ledger-test" }));
  expect(ledger.only("aws_dynamodb_table")).toMatchObject({
    name: "run-ledger-test",
    deletion_protection_enabled: true,
    global_secondary_index: [
      { name: RUNS_BY_STATE, hash_key: "state", range_key: "started_at", projection_type: "ALL" },
    ],
  });
});

test.each(["local", "dev", "staging", "prod"])(
  "the definition of %s is what Step Functions gets, references and all",
  (env) => {
    const machine = synthesizeEnvironment(env).only("aws_sfn_state_machine");
    const text = /^\$\{jsonencode\((.*)\)\}$/.exec(String(machine.definition))?.[1] ?? "";
    // Terraform reads a string as a template: nothing in it may look like one but references to resources.
    const templates = [...text.matchAll(/[$%]\{([^}]*)\}?/g)].map(([, inside]) => inside ?? "");
    expect(templates.length).toBeGreaterThan(10);
    for (const template of templates) expect(template).toMatch(/^(aws_\w+|data\.aws_\w+)\.\w+\.\w+$/);
    const read = asObject(JSON.parse(text));
    expect(Object.keys(asObject(read.States))).toContain("AcquireLock");
  },
);
