import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CloudWatchLogsClient, PutRetentionPolicyCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { App } from "cdktf";
import { LocalAws } from "../../cli/lib/local-aws";
import type { Drift } from "../../cli/review/drift";
import type { Unmanaged } from "../../cli/state/unmanaged";
import { type Environment, environments } from "../../envs";
import { CommerceLakeStack } from "../../main";
import { names } from "../../modules/lib/naming";
import { Synthesis } from "../modules/support/synthesis";
import { cdktf, npmScripts, type Tool, terraformIn } from "./support/tools";

/** Milliseconds, on a machine that runs other tests too. The provider alone waits 25 seconds for a queue and watches new lifecycle rules for 55. */
const PATIENCE = 1_500_000;

/** A bucket of this region needs no further word, and the local AWS serves it to every other. */
const HERE = "us-east-1";

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-plans-"));
const json = path.join(folder, "json");
const hcl = path.join(folder, "hcl");
const stackIn = (out: string, env: Environment) => path.join(out, "stacks", names(env).stack);

beforeAll(async () => {
  const tool = cdktf(path.join(folder, "synth"));
  await Promise.all([tool(["synth", "--output", json]), tool(["synth", "--hcl", "--output", hcl])]);
}, PATIENCE);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The environments that go to AWS, each on a local AWS of its own account and region, state in S3 as they say. */
const { local: _, ...onAws } = environments;

test.concurrent.each(Object.entries(onAws))(
  "%s as it is: deployed, found unchanged by plain Terraform and in HCL, destroyed",
  async (name, env) => {
    const work = path.join(folder, name);
    const stack = stackIn(json, env);
    const aws = await LocalAws.start(work, { account: env.account, region: env.region });
    try {
      const state = await stateOf(env, aws);
      // One as workflows deploy it, the others as people do who use cdktf.
      await (name === "dev" ? byReviewedPlan : byCdktf)(env, work, aws);
      const made = await state();
      expect(addresses(made)).toEqual(declared(stack));
      expect(made.filter(({ tags }) => !isTagged(tags))).toEqual([]);

      const terraform = terraformIn(stack, path.join(work, "json"), aws.local);
      await terraform(["init"]);
      await expectNoChange(terraform);

      const inHcl = terraformIn(stackIn(hcl, env), path.join(work, "hcl"), aws.local);
      await inHcl(["init"]);
      await expectNoChange(inHcl);

      if (name === "dev") await byHand(env, work, aws);

      if (env.protected) {
        const { stderr } = await terraform(["destroy", "-auto-approve", "-no-color"], 1);
        // Not each of them: what something irreplaceable hangs on is not even looked at.
        expect(stderr).toMatch(/Resource\s+aws_dynamodb_table\.\S+\s+has\s+lifecycle\.prevent_destroy/);
        expect(addresses(await state())).toEqual(declared(stack));
        await unprotect(env, terraform);
      }
      await terraform(["destroy", "-auto-approve"]);
      expect(await state()).toEqual([]);
    } finally {
      await aws.stop();
    }
  },
  PATIENCE,
);

async function byCdktf(env: Environment, work: string, { local }: LocalAws): Promise<void> {
  const tool = cdktf(path.join(work, "cdktf"), local);
  // Without the last word cdktf asks the registry for the checksums of providers, even where a mirror has them.
  const options = [names(env).stack, "--output", json, "--skip-synth", "--skip-provider-lock"];
  const planned = await tool(["diff", ...options]);
  expect(planned.stdout).toMatch(/Plan: \d+ to add, 0 to change, 0 to destroy/);
  await tool(["deploy", ...options, "--auto-approve"]);
}

/** Plans, and applies just what was reviewed; on the way, whatever is not that is refused. */
async function byReviewedPlan({ name }: Environment, work: string, { local }: LocalAws): Promise<void> {
  const npm = npmScripts(work, local);
  const plan = async (folder: string, code: number) =>
    (await npm(["plan", "--env", name, "--out", path.join(work, folder)], code)).stdout;
  const apply = (folder: string, code = 0) => npm(["apply", "--env", name, "--plan", path.join(work, folder)], code);
  const copy = (folder: string, file: string, change: (text: string) => string) => {
    cpSync(path.join(work, "reviewed"), path.join(work, folder), { recursive: true });
    const changed = path.join(work, folder, file);
    writeFileSync(changed, change(readFileSync(changed, "latin1")), "latin1");
  };

  // A first plan, and nothing in it that anybody would have to allow.
  expect(await plan("reviewed", 2)).toMatch(/## Plan of dev: changes\n\n\*\*\d+ created\*\*\n/);
  copy("swapped", "tfplan", (bytes) => `${bytes}.`);
  expect((await apply("swapped", 3)).stderr).toContain("is not the plan that was reviewed");
  copy("elsewhere", "review.json", (text) => text.replace(/"stack": "\w+"/, '"stack": "another"'));
  expect((await apply("elsewhere", 3)).stderr).toContain("makes another stack of dev");

  await apply("reviewed");
  expect((await apply("reviewed", 3)).stderr).toContain("The state of dev has moved on since it was planned");
  expect(await plan("afterwards", 0)).toContain("nothing to do");
  expect((await apply("afterwards")).stdout).toContain("There is nothing to do in dev.");
}

/** What somebody does in the console is found, and that alone; the inventory is the whole state. */
async function byHand(env: Environment, work: string, { local }: LocalAws): Promise<void> {
  const client = {
    endpoint: local.endpoint,
    region: env.region,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
  const logGroupName = names(env).logGroups.function("validate-file");
  await new CloudWatchLogsClient(client).send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 3 }));
  const QueueName = `commerce-lake-by-hand-${env.name}`;
  await new SQSClient(client).send(new CreateQueueCommand({ QueueName }));

  const npm = npmScripts(work, local);
  const state = async <T>(command: string, code = 0): Promise<T> =>
    JSON.parse((await npm(["state", command, "--env", env.name, "--json"], code)).stdout);
  const inventory = await state<readonly { readonly address: string }[]>("inventory");
  expect(inventory.map(({ address }) => address).sort()).toEqual(declared(stackIn(json, env)));
  const { drift } = await state<{ readonly drift: readonly Drift[] }>("drift", 2);
  expect(drift.flatMap(({ differences }) => differences)).toEqual([
    expect.objectContaining({
      path: "retention_in_days",
      before: { kind: "value", value: env.logs.retentionDays },
      after: { kind: "value", value: 3 },
    }),
  ]);
  const { unmanaged } = await state<{ readonly unmanaged: readonly Unmanaged[] }>("unmanaged", 2);
  expect(unmanaged).toEqual([expect.objectContaining({ kind: "queue", name: QueueName, by: "name" })]);
}

/** A resource in the state. */
interface Made {
  readonly address: string;
  /** All its tags, those of the provider included; undefined where the provider's schema knows none for it. */
  readonly tags: Readonly<Record<string, string>> | null | undefined;
}

/** What is looked at of Terraform's state. */
interface State {
  readonly resources: readonly {
    readonly mode: "managed" | "data";
    readonly type: string;
    readonly name: string;
    readonly instances: readonly { readonly attributes: { readonly tags_all?: Made["tags"] } }[];
  }[];
}

const addresses = (made: readonly Made[]) => made.map(({ address }) => address).sort();

/** Whether what can carry tags carries those that everything does. */
function isTagged(tags: Made["tags"]): boolean {
  if (tags === undefined) return true;
  return ["Project", "Environment", "Team", "CostCenter"].every((tag) => /\S/.test(tags?.[tag] ?? ""));
}

/** Exit code 0 of `-detailed-exitcode`: neither a resource nor an output would change. */
async function expectNoChange(terraform: Tool): Promise<void> {
  const { stdout } = await terraform(["plan", "-detailed-exitcode", "-no-color"]);
  expect(stdout).toContain("No changes.");
}

/** Makes the bucket for the state, and tells how to read what the state holds. */
async function stateOf(env: Environment, { local }: LocalAws): Promise<() => Promise<Made[]>> {
  if (env.state.kind !== "s3") throw new Error(`${env.name} keeps its state in a file`);
  const { bucket: Bucket } = env.state;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const s3 = new S3Client({ endpoint: local.endpoint, region: HERE, credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket }));
  return async () => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `${names(env).stack}.tfstate` }));
    const { resources }: State = JSON.parse((await Body?.transformToString()) ?? "");
    return resources.flatMap(({ mode, type, name, instances }) =>
      mode === "managed" ? [{ address: `${type}.${name}`, tags: instances[0]?.attributes.tags_all }] : [],
    );
  };
}

/** The addresses of the resources that a stack declares. */
function declared(stack: string): string[] {
  const synthesis = new Synthesis(JSON.parse(readFileSync(path.join(stack, "cdk.tf.json"), "utf8")));
  return synthesis
    .all()
    .map(({ address }) => address)
    .sort();
}

/** Does as a person would who means it: takes the guard off the environment and applies that. */
async function unprotect(env: Environment, terraform: Tool): Promise<void> {
  const app = new App({ stackTraces: false, outdir: json });
  new CommerceLakeStack(app, { ...env, protected: false, destroyData: true });
  app.synth();
  await terraform(["apply", "-auto-approve"]);
}
