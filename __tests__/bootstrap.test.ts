import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ListObjectVersionsCommand, S3Client } from "@aws-sdk/client-s3";
import { App, Testing } from "cdktf";
import { BootstrapStack } from "../bootstrap";
import { LocalAws } from "../cli/lib/local-aws";
import { type Environment, environments } from "../envs";
import { commerceLake } from "../main";
import { terraformIn } from "./plans/support/tools";

/** Milliseconds: the provider alone watches new lifecycle rules for 55 seconds. */
const PATIENCE = 400_000;

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-bootstrap-"));
const { dev } = environments;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Synthesizes into the same folder each time, as a person does. */
function synthesize(first: boolean): string {
  const app = new App({ stackTraces: false, outdir: path.join(folder, "out") });
  new BootstrapStack(app, dev, first);
  app.synth();
  return path.join(folder, "out/stacks/commerce-lake-bootstrap-dev");
}

test(
  "the bucket is made, takes its own state in, and then the lake's, with a lock",
  async () => {
    const aws = await LocalAws.start(folder, { account: dev.account, region: dev.region });
    try {
      const terraform = terraformIn(synthesize(true), path.join(folder, "work"), aws.local);
      await terraform(["init"]);
      await terraform(["apply", "-auto-approve"]);

      synthesize(false);
      await terraform(["init", "-migrate-state", "-force-copy"]);
      const { stdout } = await terraform(["plan", "-detailed-exitcode", "-no-color"]);
      expect(stdout).toContain("No changes.");

      commerceLake(["dev"], path.join(folder, "lake")).synth();
      const lake = terraformIn(
        path.join(folder, "lake/stacks/commerce-lake-dev"),
        path.join(folder, "lake-work"),
        aws.local,
      );
      await lake(["init"]);

      if (dev.state.kind !== "s3") throw new Error("dev keeps its state in a file");
      const credentials = { accessKeyId: "local", secretAccessKey: "local" };
      const s3 = new S3Client({ endpoint: aws.local.endpoint, region: dev.region, credentials, forcePathStyle: true });
      const { Versions = [], DeleteMarkers = [] } = await s3.send(
        new ListObjectVersionsCommand({ Bucket: dev.state.bucket }),
      );
      expect(new Set(Versions.map(({ Key }) => Key))).toEqual(
        new Set(["commerce-lake-bootstrap-dev.tfstate", "commerce-lake-bootstrap-dev.tfstate.tflock"]),
      );
      // Locks were taken, and given back.
      expect(DeleteMarkers.map(({ Key }) => Key)).toContain("commerce-lake-bootstrap-dev.tfstate.tflock");
    } finally {
      await aws.stop();
    }
  },
  PATIENCE,
);

test("an environment that keeps its state in a file has nothing to bootstrap", () => {
  expect(() => new BootstrapStack(Testing.app(), environments.local, true)).toThrow(
    /^envs\/local.ts: a state bucket is made for an environment that keeps its state in S3; received/,
  );
});

test("the roles of workflows are made where an environment names its repository, and nowhere else", () => {
  const roles = (ci: Environment["ci"]) => {
    const app = Testing.app();
    const stack = new BootstrapStack(app, { ...dev, ci }, true);
    const { output, resource } = JSON.parse(Testing.synth(stack, true));
    return { outputs: Object.keys(output), roles: Object.keys(resource.aws_iam_role ?? {}) };
  };
  expect(roles("none")).toEqual({ outputs: ["bucket"], roles: [] });
  const made = roles({ github: "shop/lake", branch: "main", provider: "own" });
  expect(made.outputs.sort()).toEqual(["audit_role", "bucket", "deploy_role", "plan_role"]);
  expect(made.roles).toHaveLength(3);
});
