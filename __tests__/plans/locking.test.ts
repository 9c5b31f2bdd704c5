import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
import { LocalAws } from "../../cli/lib/local-aws";
import { environments } from "../../envs";
import { configureTerraform } from "../../modules/lib/terraform";
import { type Running, startTerraform, type Tool, terraformIn } from "./support/tools";

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const { dev: env } = environments;
const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-locking-"));
/** What an apply touches when it is half-way, and what it waits for there. */
const arrived = path.join(folder, "arrived");
const gate = path.join(folder, "gate");

let aws: LocalAws;
let stack: string;

beforeAll(async () => {
  aws = await LocalAws.start(path.join(folder, "aws"), { account: env.account, region: env.region });
  if (env.state.kind !== "s3") throw new Error("dev keeps its state in a file");
  const { endpoint } = aws.local;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  // A bucket of this region needs no further word, and the local AWS serves it to every other.
  const s3 = new S3Client({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: env.state.bucket }));
  write("first");
  for (const person of ["ann", "bob"]) await as(person)(["init", "-no-color"]);
}, PATIENCE);

afterAll(async () => {
  await aws?.stop();
  rmSync(folder, { recursive: true, force: true });
}, PATIENCE);

/** Writes a stack with the backend of dev: a topic, and after it something that is made anew for each version, which stops at the gate. */
function write(version: string): void {
  const app = new App({ stackTraces: false, outdir: folder });
  const locking = new TerraformStack(app, "locking");
  configureTerraform(locking, "locking", env);
  new SnsTopic(locking, "Topic", { name: "locking" });
  locking.addOverride("resource.terraform_data.Gate", {
    triggers_replace: version,
    depends_on: ["aws_sns_topic.Topic"],
    provisioner: [{ "local-exec": { command: `touch ${arrived}; while [ ! -e ${gate} ]; do sleep 0.05; done` } }],
  });
  app.synth();
  stack = path.join(folder, "stacks", "locking");
}

/** Terraform of a person with a working folder of their own. */
const as = (person: string): Tool => terraformIn(stack, path.join(folder, person), aws.local);
const apply = (person: string, ...more: string[]): Running =>
  startTerraform(stack, path.join(folder, person), aws.local, ["apply", "-auto-approve", "-no-color", ...more]);

function close(): void {
  rmSync(gate, { force: true });
  rmSync(arrived, { force: true });
}
const open = () => writeFileSync(gate, "");

/** An apply that is half-way, and holds the lock. */
async function halfWay(person: string): Promise<Running> {
  close();
  const running = apply(person);
  const isHalfWay = new Promise<void>((resolve) => {
    const look = () => {
      if (!existsSync(arrived)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
  const early = running.said.then(({ stderr }) => {
    throw new Error(`it ended before it was half-way: ${stderr}`);
  });
  early.catch(() => {});
  await Promise.race([isHalfWay, early]);
  return running;
}

test("the backend locks by a file beside the state", () => {
  const { terraform } = JSON.parse(readFileSync(path.join(stack, "cdk.tf.json"), "utf8"));
  expect(terraform.backend.s3).toMatchObject({ use_lockfile: true });
});

test(
  "while one applies, another is told who does, and one who waits has their turn",
  async () => {
    const first = await halfWay("ann");
    const { stderr } = await as("bob")(["apply", "-auto-approve", "-no-color"], 1);
    expect(stderr).toContain("Error acquiring the state lock");
    expect(stderr).toMatch(/Who:\s+\S+@\S+/);
    expect(stderr).toMatch(/Operation:\s+OperationTypeApply/);
    const waiting = apply("bob", "-lock-timeout=240s");
    open();
    expect(await first.said).toMatchObject({ code: 0, stdout: expect.stringContaining("2 added") });
    // What the first has made, the second finds.
    expect(await waiting.said).toMatchObject({ code: 0, stdout: expect.stringContaining("0 added, 0 changed") });
  },
  PATIENCE,
);

test(
  "of two plans of one state, the second is refused once the first is applied",
  async () => {
    write("second");
    open();
    await as("ann")(["plan", "-no-color", `-out=${path.join(folder, "ann.plan")}`]);
    await as("bob")(["plan", "-no-color", `-out=${path.join(folder, "bob.plan")}`]);
    await as("ann")(["apply", "-no-color", path.join(folder, "ann.plan")]);
    const { stderr } = await as("bob")(["apply", "-no-color", path.join(folder, "bob.plan")], 1);
    expect(stderr).toContain("Saved plan is stale");
  },
  PATIENCE,
);

test(
  "an apply that is killed leaves its lock, which says whose it is; once that is given back, the next apply ends what it began",
  async () => {
    write("third");
    const killed = await halfWay("ann");
    killed.kill();
    open(); // What it had started ends as well.
    expect((await killed.said).code).not.toBe(0);
    const { stderr } = await as("bob")(["apply", "-auto-approve", "-no-color"], 1);
    const lock = /Lock Info:[^\n]*\n\W*ID:\s+(\S+)/.exec(stderr)?.[1] ?? "";
    expect(stderr).toMatch(/Who:\s+\S+@\S+/);
    await as("bob")(["force-unlock", "-force", lock]);
    const { stdout } = await as("bob")(["apply", "-auto-approve", "-no-color"]);
    expect(stdout).toContain("1 added");
    await as("ann")(["plan", "-detailed-exitcode", "-no-color"]);
  },
  PATIENCE,
);
