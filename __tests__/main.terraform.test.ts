import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LocalAws, localEnvironment } from "../cli/lib/local-aws";
import { Terraform } from "../cli/lib/terraform";
import { terraformEnvironment } from "../cli/lib/terraform-config";
import { ENVIRONMENT_NAMES, environments } from "../envs";
import { commerceLake } from "../main";
import { names } from "../modules/lib/naming";

const run = promisify(execFile);

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const folder = mkdtempSync(join(tmpdir(), "commerce-lake-terraform-"));
const outdir = join(folder, "cdktf.out");
const stackOf = (name: string) => join(outdir, "stacks", `commerce-lake-${name}`);

beforeAll(() => {
  commerceLake(ENVIRONMENT_NAMES, outdir).synth();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each(ENVIRONMENT_NAMES)(
  "Terraform finds %s valid",
  async (name) => {
    const env: NodeJS.ProcessEnv = {
      ...terraformEnvironment(process.env, folder),
      TF_DATA_DIR: join(folder, `data-${name}`),
    };
    const terraform = (...args: readonly string[]) =>
      run(env.TERRAFORM || "terraform", args, { cwd: stackOf(name), env, encoding: "utf8" });
    await terraform("init", "-backend=false", "-no-color");
    const { stdout } = await terraform("validate", "-json");
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, diagnostics: [] });
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
    "the outputs name what was made",
    async () => {
      const its = names(environments.local);
      await expect(terraform.output()).resolves.toEqual({
        bucket: its.bucket,
        workgroup: its.workgroup,
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
