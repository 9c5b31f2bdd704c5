import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { LocalAws, localEnvironment } from "../../../cli/lib/local-aws";
import { isAlive } from "../../../cli/lib/processes";

jest.setTimeout(180_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "local-aws-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await sleep(50);
}

test("it listens on loopback on a port of its own, and is gone when it has stopped", async () => {
  const aws = await LocalAws.start(folder);
  const { endpoint, pid, account, region } = aws.local;
  expect(endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect([account, region]).toEqual(["123456789012", "us-east-1"]);
  expect((await fetch(endpoint)).status).toBeLessThan(500);
  await aws.stop();
  expect(isAlive(pid)).toBe(false);
  await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  await aws.stop();
});

test("that it ends by itself is an error with the end of its log", async () => {
  const aws = await LocalAws.start(folder);
  const failed = expect(aws.failed()).rejects.toThrow(/The local AWS ended unexpectedly \(SIGKILL\)/);
  process.kill(aws.local.pid, "SIGKILL");
  await failed;
  await aws.stop();
});

test.each(["SIGKILL", "SIGTERM"] as const)("it does not outlive a parent that ends by %s", async (signal) => {
  const tsx = pathToFileURL(createRequire(__filename).resolve("tsx")).href;
  const script = path.join(__dirname, "local-aws-parent.ts");
  const parent = spawn(process.execPath, ["--import", tsx, script, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: parent.stdout }), "line");
  const pid = Number(line);
  expect(isAlive(pid)).toBe(true);
  parent.kill(signal);
  await once(parent, "exit");
  await untilGone(pid);
});

test("one that cannot start says why, and where its logs are", async () => {
  // A file where the folder of its state must go.
  const broken = path.join(folder, "x");
  await expect(LocalAws.start(path.join("/dev/null", "x"))).rejects.toThrow("ENOTDIR");
  process.env.PYTHONHOME = broken;
  try {
    await expect(LocalAws.start(broken)).rejects.toThrow(
      /The local AWS did not start: it ended \(exit \d+\)[\s\S]*logs {2}/,
    );
  } finally {
    delete process.env.PYTHONHOME;
  }
  expect(existsSync(path.join(broken, "local-aws.out"))).toBe(true);
});

test("nothing of a person's real AWS reaches it", () => {
  process.env.AWS_PROFILE = "production";
  process.env.AWS_SESSION_TOKEN = "secret";
  try {
    const local = { endpoint: "http://127.0.0.1:1", pid: 1, region: "us-east-1", account: "123456789012" };
    const names = Object.keys(localEnvironment(local))
      .filter((name) => name.startsWith("AWS_"))
      .sort();
    expect(names).toEqual([
      "AWS_ACCESS_KEY_ID",
      "AWS_DEFAULT_REGION",
      "AWS_EC2_METADATA_DISABLED",
      "AWS_ENDPOINT_URL",
      "AWS_REGION",
      "AWS_SECRET_ACCESS_KEY",
    ]);
    expect(Object.keys(localEnvironment()).filter((name) => name.startsWith("AWS_"))).toEqual([]);
    expect(localEnvironment(local).PATH).toBe(process.env.PATH);
  } finally {
    delete process.env.AWS_PROFILE;
    delete process.env.AWS_SESSION_TOKEN;
  }
});
