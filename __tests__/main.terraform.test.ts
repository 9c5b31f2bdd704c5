import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LocalAws, localEnvironment } from "../cli/lib/local-aws";
import { Terraform } from "../cli/lib/terraform";
import { terraformEnvironment } from "../cli/lib/terraform-config";
import { environments } from "../envs";
import { commerceLake } from "../main";
import { names } from "../modules/lib/naming";
import { terraformIn } from "./plans/support/tools";

const run = promisify(execFile);

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const folder = mkdtempSync(join(tmpdir(), "commerce-lake-terraform-"));
const stackOf = (name: string, language: "json" | "hcl" = "json") =>
  join(folder, language, "stacks", `commerce-lake-${name}`);

beforeAll(() => {
  commerceLake(["local", "prod"], join(folder, "json")).synth();
  process.env.SYNTH_HCL_OUTPUT = "true"; // as cdktf's command line says `--hcl`
  try {
    commerceLake(["local", "prod"], join(folder, "hcl")).synth();
  } finally {
    delete process.env.SYNTH_HCL_OUTPUT;
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** cdktf writes `depends_on` as Terraform 0.11 wanted it, which later ones take. */
const OLD_SPELLING = "Quoted references are deprecated";

// Without a warning, that is. That every environment is valid in both languages shows where each is applied: here, and in __tests__/plans.
test.each(["json", "hcl"] as const)(
  "Terraform finds prod in %s valid",
  async (language) => {
    const env: NodeJS.ProcessEnv = {
      ...terraformEnvironment(process.env, folder),
      TF_DATA_DIR: join(folder, `data-${language}`),
    };
    const terraform = (...args: readonly string[]) =>
      run(env.TERRAFORM || "terraform", args, { cwd: stackOf("prod", language), env, encoding: "utf8" });
    await terraform("init", "-backend=false", "-no-color");
    // Not as JSON: that quotes the source of every one of a hundred warnings, and reads the whole file for each.
    const { stdout } = await terraform("validate", "-no-color");
    expect(stdout).toContain("The configuration is valid");
    const said = new Set(Array.from(stdout.matchAll(/Warning: (.*)/g), ([, summary]) => summary));
    expect([...said]).toEqual(language === "json" ? [] : [OLD_SPELLING]);
  },
  PATIENCE,
);

describe("on the local AWS", () => {
  let aws: LocalAws;
  let terraform: Terraform;

  beforeAll(async () => {
    aws = await LocalAws.start(folder);
    terraform = new Terraform({
      stack: stackOf("local"),
      work: join(folder, "work"),
      env: localEnvironment(aws.local),
    });
    await terraform.init();
    await terraform.apply();
  }, PATIENCE);

  afterAll(() => aws?.stop(), PATIENCE);

  test(
    "a second plan finds nothing to change",
    async () => {
      await expect(terraform.plan()).resolves.toEqual({ add: 0, change: 0, remove: 0 });
    },
    PATIENCE,
  );

  test(
    "nor does a plan of the HCL that cdktf exports",
    async () => {
      const exported = terraformIn(stackOf("local", "hcl"), join(folder, "work-hcl"), aws.local);
      await exported(["init", `-backend-config=path=${join(stackOf("local"), "terraform.tfstate")}`]);
      const { stdout } = await exported(["plan", "-detailed-exitcode", "-no-color"]);
      expect(stdout).toContain("No changes.");
    },
    PATIENCE,
  );

  test(
    "the outputs name what was made",
    async () => {
      const its = names(environments.local);
      await expect(terraform.output()).resolves.toEqual({
        bucket: its.bucket,
        event_bus: its.eventBus,
        workgroup: its.workgroup,
        analysts_workgroup: its.analystsWorkgroup,
        analysts_role: expect.stringMatching(new RegExp(`:role/${its.role("analysts")}$`)),
        engineers_role: expect.stringMatching(new RegExp(`:role/${its.role("engineers")}$`)),
        state_machine: expect.stringMatching(new RegExp(`:stateMachine:${its.stateMachine}$`)),
      });
    },
    PATIENCE,
  );

  test(
    "the key of the pseudonyms is in Secrets Manager and in no file of Terraform's",
    async () => {
      const { endpoint, region } = aws.local;
      const credentials = { accessKeyId: "local", secretAccessKey: "local" };
      const secrets = new SecretsManagerClient({ endpoint, region, credentials });
      const { SecretString: key } = await secrets.send(
        new GetSecretValueCommand({ SecretId: names(environments.local).piiKeySecret }),
      );
      expect(key).toMatch(/^[A-Za-z0-9]{64}$/);
      const state = readFileSync(join(stackOf("local"), "terraform.tfstate"), "utf8");
      expect(state).toContain("secret_string_wo_version");
      expect(state.includes(String(key))).toBe(false);
      expect(readFileSync(terraform.log, "utf8").includes(String(key))).toBe(false);
    },
    PATIENCE,
  );

  test(
    "destroying leaves nothing",
    async () => {
      await terraform.destroy();
      const state = JSON.parse(readFileSync(join(stackOf("local"), "terraform.tfstate"), "utf8"));
      expect(state.resources).toEqual([]);
    },
    PATIENCE,
  );
});
