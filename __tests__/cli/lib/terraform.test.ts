import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SetupError } from "../../../cli/lib/errors";
import { Terraform, type TerraformProgress } from "../../../cli/lib/terraform";
import { cliConfig, findMirror, terraformEnvironment } from "../../../cli/lib/terraform-config";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "terraform-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function makeMirror(name: string): string {
  const mirror = path.join(folder, name);
  mkdirSync(path.join(mirror, "registry.terraform.io/hashicorp/aws"), { recursive: true });
  mkdirSync(path.join(mirror, "registry.terraform.io/cloudposse/utils"), { recursive: true });
  return mirror;
}

describe("the provider mirror", () => {
  test("is the first of the usual places that holds the AWS provider", () => {
    const mirror = makeMirror("second");
    mkdirSync(path.join(folder, "first/registry.terraform.io/hashicorp/random"), { recursive: true });
    expect(findMirror({}, [path.join(folder, "none"), path.join(folder, "first"), mirror])).toBe(mirror);
    expect(findMirror({}, [path.join(folder, "none")])).toBeUndefined();
  });

  test("is the one that a variable names, which must be one", () => {
    const mirror = makeMirror("named");
    expect(findMirror({ TF_PROVIDER_MIRROR: mirror }, [makeMirror("other")])).toBe(mirror);
    expect(() => findMirror({ TF_PROVIDER_MIRROR: folder }, [mirror])).toThrow(SetupError);
    expect(() => findMirror({ TF_PROVIDER_MIRROR: folder }, [mirror])).toThrow(
      /holds no registry\.terraform\.io.hashicorp.aws/,
    );
  });

  test("gives what it holds; the registry gives the rest, and is not asked for that", () => {
    const config = cliConfig(makeMirror("mirror"));
    const providers = '["registry.terraform.io/cloudposse/utils","registry.terraform.io/hashicorp/aws"]';
    expect(config).toContain(`include = ${providers}`);
    expect(config).toContain(`exclude = ${providers}`);
    expect(cliConfig(undefined)).toBe("disable_checkpoint = true\n");
  });
});

describe("Terraform's variables", () => {
  const kept = () => path.join(folder, "kept");

  test("a configuration that does not exist is replaced by one that uses the mirror", () => {
    const mirror = makeMirror("mirror");
    const env = terraformEnvironment(
      { HOME: folder, TF_CLI_CONFIG_FILE: "/nowhere", TF_PROVIDER_MIRROR: mirror },
      kept(),
    );
    expect(env).toMatchObject({
      CHECKPOINT_DISABLE: "1",
      TF_INPUT: "0",
      TF_CLI_CONFIG_FILE: path.join(kept(), "cli.tfrc"),
    });
    expect(readFileSync(path.join(kept(), "cli.tfrc"), "utf8")).toContain(mirror);
    expect(env.TF_PLUGIN_CACHE_DIR).toBeUndefined();
  });

  test("Terraform looks for garbage as seldom as it pays, or as the person says", () => {
    expect(terraformEnvironment({ HOME: folder }, kept()).GOGC).toBe("400");
    expect(terraformEnvironment({ HOME: folder, GOGC: "50" }, kept()).GOGC).toBe("50");
  });

  test("a configuration of the person's own is honoured, wherever Terraform looks for it", () => {
    const own = path.join(folder, ".terraformrc");
    writeFileSync(own, "");
    expect(terraformEnvironment({ HOME: "/nowhere", TF_CLI_CONFIG_FILE: own }, kept()).TF_CLI_CONFIG_FILE).toBe(own);
    expect(terraformEnvironment({ HOME: folder }, kept()).TF_CLI_CONFIG_FILE).toBeUndefined();
    expect(existsSync(kept())).toBe(false);
  });
});

describe("Terraform's commands", () => {
  const saved = process.env.TERRAFORM;
  afterEach(() => {
    if (saved === undefined) delete process.env.TERRAFORM;
    else process.env.TERRAFORM = saved;
  });

  /** A Terraform that says what it is told to, and keeps its arguments and some variables. */
  function terraform(lines: readonly object[], code = 0): Terraform {
    const binary = path.join(folder, "terraform");
    const output = path.join(folder, "output");
    writeFileSync(output, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    writeFileSync(
      binary,
      `#!/bin/sh\necho "$*|$AWS_ENDPOINT_URL|$PWD|$TF_DATA_DIR" > ${folder}/called\ncat ${output}\necho 'a word that is no JSON' >&2\nexit ${code}\n`,
    );
    chmodSync(binary, 0o755);
    process.env.TERRAFORM = binary;
    return new Terraform({
      stack: folder,
      work: path.join(folder, "work"),
      env: { AWS_ENDPOINT_URL: "http://x" },
      backend: { path: "/state" },
    });
  }
  const called = () => readFileSync(path.join(folder, "called"), "utf8").trim();

  const change = (type: string, addr: string) => ({ type, hook: { resource: { addr } } });

  test("init sets the backend, in the stack's folder, with the provider's variables", async () => {
    await terraform([]).init();
    const [args, endpoint, cwd, data] = called().split("|");
    expect(args).toBe("init -no-color -reconfigure -backend-config=path=/state");
    expect([endpoint, cwd, data]).toEqual(["http://x", folder, path.join(folder, "work/terraform-data")]);
  });

  test("apply tells how far it is, and keeps a log", async () => {
    const seen: TerraformProgress[] = [];
    const subject = terraform([
      { type: "planned_change" },
      { type: "change_summary", changes: { add: 2, change: 1, remove: 0, operation: "plan" } },
      change("apply_start", "a.b"),
      change("apply_complete", "a.b"),
      change("apply_start", "c.d"),
      { type: "change_summary", changes: { add: 1, change: 0, remove: 0, operation: "apply" } },
    ]);
    await subject.apply((progress) => seen.push(progress));
    expect(called()).toMatch(/^apply -json -auto-approve\|/);
    expect(seen).toEqual([
      { done: 0, total: 3, current: "a.b" },
      { done: 1, total: 3, current: "a.b" },
      { done: 1, total: 3, current: "c.d" },
    ]);
    const log = readFileSync(subject.log, "utf8");
    expect(log).toContain("apply_complete");
    expect(log).toContain("a word that is no JSON");
  });

  test("plan gives the numbers of changes", async () => {
    const subject = terraform([
      { type: "change_summary", changes: { add: 2, change: 1, remove: 4, operation: "plan" } },
    ]);
    expect(await subject.plan({ file: "out.plan" })).toEqual({ add: 2, change: 1, remove: 4 });
    expect(called()).toMatch(/^plan -json -out=out\.plan\|/);
  });

  test("output gives values by name", async () => {
    expect(await terraform([{ bucket: { value: "b", type: "string" }, n: { value: 1 } }]).output()).toEqual({
      bucket: "b",
      n: 1,
    });
  });

  test("an error is told with its resource and detail, and where the log is", async () => {
    const diagnostic = {
      severity: "error",
      summary: "creating bucket",
      detail: "BucketAlreadyExists\nmore",
      address: "aws_s3_bucket.x",
    };
    const warning = { severity: "warning", summary: "deprecated" };
    const subject = terraform(
      [
        { type: "diagnostic", diagnostic },
        { type: "diagnostic", diagnostic: warning },
      ],
      1,
    );
    const error = await subject.apply().then(undefined, (reason: Error) => reason.message);
    expect(error).toContain("terraform apply failed");
    expect(error).toContain("aws_s3_bucket.x: creating bucket\n      BucketAlreadyExists\n      more");
    expect(error).not.toContain("deprecated");
    expect(error).toContain("terraform.log");
  });

  test("where Terraform says nothing in JSON, its last words are told", async () => {
    await expect(terraform([], 1).apply()).rejects.toThrow("a word that is no JSON");
    await expect(terraform([], 1).init()).rejects.toThrow("a word that is no JSON");
  });
});
