import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { App, Testing } from "cdktf";
import { monthlyCost, resourcesOf } from "../cli/cost";
import { type Environment, environments } from "../envs";
import { CommerceLakeStack } from "../main";
import { FUNCTION_NAMES } from "../modules/lib/naming";
import { record } from "../modules/lib/record";
import { Synthesis } from "./modules/support/synthesis";
import { terraformIn } from "./plans/support/tools";

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const { prod } = environments;

/** Every choice as no environment of ours makes it. */
const EVERYTHING: Environment = {
  ...prod,
  encryption: { data: "kms", logs: true },
  network: { ...prod.network, enabled: true, nat: "each-zone" },
  access: { ...prod.access, permissionBoundary: { existing: "OrganisationBoundary" } },
  catalog: {
    encrypted: true,
    policy: true,
    readers: ["210987654321"],
    crawlers: { schedule: "cron(0 2 * * ? *)" },
    lakeFormation: { enabled: true, administrators: ["arn:aws:iam::333333333333:role/deployer"] },
  },
  piiKey: { rotateDays: 365 },
  batch: {
    ...prod.batch,
    patience: {
      timeouts: { dataQuality: 777, job: 7777 },
      retries: { service: { attempts: 9, interval: 7, longest: 70 } },
    },
  },
  jobs: { ...prod.jobs, executionClass: "FLEX" },
  functions: {
    ...prod.functions,
    signed: true,
    concurrency: record(FUNCTION_NAMES, () => ({ reserved: 5, provisioned: 1 })),
  },
};

/** No choice at all. */
const NOTHING: Environment = {
  ...prod,
  encryption: { data: "s3", logs: false },
  network: { ...prod.network, enabled: false },
  audit: { ...prod.audit, enabled: false },
  access: { ...prod.access, permissionBoundary: "none" },
  catalog: { ...prod.catalog, encrypted: false, policy: false },
};

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-choices-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function synthesized(env: Environment): Synthesis {
  return new Synthesis(JSON.parse(Testing.synth(new CommerceLakeStack(Testing.app(), env), true)));
}

test.each([
  ["everything", EVERYTHING],
  ["nothing", NOTHING],
])(
  "Terraform finds a stack with %s chosen valid",
  async (name, env) => {
    const app = new App({ stackTraces: false, outdir: path.join(folder, name) });
    new CommerceLakeStack(app, env);
    app.synth();
    const terraform = terraformIn(
      path.join(folder, name, "stacks/commerce-lake-prod"),
      path.join(folder, `work-${name}`),
    );
    await terraform(["init", "-backend=false"]);
    const { stdout } = await terraform(["validate", "-json"]);
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, diagnostics: [] });
  },
  PATIENCE,
);

test("what is chosen reaches every resource that it is about", () => {
  const stack = synthesized(EVERYTHING);
  const [machine] = stack.every("aws_sfn_state_machine");
  const definition = JSON.stringify(machine?.definition).replaceAll(/[\\\s]/g, "");
  // The patience of an environment; what it does not say stays: a job's own limit strikes before the merge's.
  for (const text of ['"TimeoutSeconds":777,', '"TimeoutSeconds":7777,', '"IntervalSeconds":7,"MaxAttempts":9,']) {
    expect(definition).toContain(text);
  }
  expect(definition).toContain(`"TimeoutSeconds":${prod.jobs.timeoutMinutes * 60 + 300},`);
  const functions = stack.every("aws_lambda_function");
  for (const fn of functions) {
    expect(fn).toMatchObject({
      code_signing_config_arn: expect.anything(),
      reserved_concurrent_executions: 5,
      publish: true,
    });
  }
  // Cost Explorer cannot be reached from a VPC without the internet.
  const outside = functions.filter(({ vpc_config: vpc }) => vpc === undefined).map(({ function_name: name }) => name);
  expect(outside).toEqual(["commerce-lake-report-spend-prod"]);
  expect(stack.every("aws_lambda_provisioned_concurrency_config")).toHaveLength(functions.length);
  for (const permission of stack.every("aws_lambda_permission")) expect(permission.qualifier).toBeDefined();
  for (const config of stack.every("aws_lambda_function_event_invoke_config")) expect(config.qualifier).toBeDefined();
  for (const role of stack.every("aws_iam_role")) {
    expect(role.permissions_boundary).toMatch(/:policy\/OrganisationBoundary$/);
  }
  for (const group of stack.every("aws_cloudwatch_log_group")) expect(group.kms_key_id).toMatch(/aws_kms_key\.LogsKey/);
  for (const job of stack.every("aws_glue_job")) {
    expect(job).toMatchObject({
      execution_class: "FLEX",
      security_configuration: expect.anything(),
      connections: expect.arrayContaining([expect.stringMatching(/aws_glue_connection/)]),
    });
  }
  for (const crawler of stack.every("aws_glue_crawler")) expect(crawler.schedule).toBe("cron(0 2 * * ? *)");
});

test("what a chosen resource costs is known", () => {
  const { json } = synthesized(EVERYTHING);
  expect(monthlyCost(resourcesOf(json, "after", "everything")).unknown).toEqual({});
});

test("a stack without any choice has nothing of them", () => {
  const types = new Set(
    synthesized(NOTHING)
      .all()
      .map(({ type }) => type),
  );
  for (const type of ["aws_vpc", "aws_cloudtrail", "aws_iam_policy", "aws_glue_security_configuration"]) {
    expect([type, types.has(type)]).toEqual([type, false]);
  }
});

test("a protected environment cannot be told to destroy its data", () => {
  expect(() => synthesized({ ...prod, destroyData: true })).toThrow(/the environment gives leave/);
});

test("nobody to hear of alarms is warned of with the environment's own file, and on a laptop nobody is missed", () => {
  const warned = (env: Environment) =>
    new CommerceLakeStack(Testing.app(), env).node
      .findAll()
      .flatMap(({ node }) =>
        node.metadata.filter(({ type }) => type === "@cdktf/warn").map(({ data }) => String(data)),
      );
  const nobody = { ...prod.alerts, subscriptions: { notifications: [], qualityAlerts: [], costAlerts: [] } };
  expect(warned({ ...prod, alerts: nobody })).toEqual([
    expect.stringMatching(/^Alarms reach nobody: .* alerts\.subscriptions of envs\/prod\.ts\. Fill in /),
  ]);
  expect(warned({ ...environments.local, alerts: nobody })).toEqual([]);
});
