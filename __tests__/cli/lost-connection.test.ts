import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectionLost } from "../../cli/lib/errors";

jest.setTimeout(120_000);

const ROOT = path.resolve(__dirname, "../..");
const runs = mkdtempSync(path.join(tmpdir(), "lost-connection-"));
/** A local AWS that says it is there, and breaks every connection on which it is asked something. */
const server = createServer((request, response) => {
  if (request.method === "HEAD") response.end();
  else request.socket.destroy();
});

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const local = {
    endpoint: `http://127.0.0.1:${port}`,
    pid: process.pid,
    region: "us-east-1",
    account: "123456789012",
  };
  writeFileSync(path.join(runs, "local.json"), JSON.stringify({ ...local, folder: runs }));
});
afterAll(() => {
  server.close();
  rmSync(runs, { recursive: true, force: true });
});

test("a local AWS that ends under a command is told in words, with what to do, and exit code 3", async () => {
  const args = [path.join(ROOT, "cli/bootstrap.mjs"), "pipeline", "status", "--env", "local"];
  const { code, err } = await new Promise<{ code: unknown; err: string }>((resolve) => {
    const env = { ...process.env, LAKE_RUNS: runs };
    execFile(process.execPath, args, { cwd: ROOT, env }, (error, _, err) => resolve({ code: error?.code ?? 0, err }));
  });
  expect(code).toBe(3);
  expect(err).toContain("AWS does not answer: ");
  expect(err).toContain("npm run local starts an empty one");
  expect(err).not.toMatch(/^ +at /m);
});

test("other errors are left as they are", () => {
  expect(connectionLost(new Error("something else"))).toBeUndefined();
  expect(connectionLost(Object.assign(new Error(""), { code: "ECONNREFUSED" }))?.message).toContain("ECONNREFUSED");
});
