import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ENVIRONMENT_NAMES } from "../../envs";

// A process start takes a second, and several on a busy machine.
jest.setTimeout(120_000);

const ROOT = path.resolve(__dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "main-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the command line as npm scripts do, from another folder and with no local AWS in sight. */
function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, LAKE_RUNS: path.join(folder, "runs"), INIT_CWD: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.join(ROOT, "cli/bootstrap.mjs"), ...args], { cwd: ROOT, env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

test("help has examples and the exit codes", async () => {
  const all = await run("--help");
  expect(all.code).toBe(0);
  expect(all.out).toContain("Exit codes: 0 success · 1 the work failed · 2 wrong usage");
  for (const command of ["start", "local", "pipeline", "sample", "synth", "cost", "test", "check"]) {
    expect(all.out).toMatch(new RegExp(`^  ${command} `, "m"));
  }
  expect((await run("start", "--help")).out).toContain("npm start -- --data ./today --date 2025-01-31");
});

test("the commands are declared without what only some of them need", () => {
  const main = JSON.stringify(path.join(ROOT, "cli/main.ts"));
  const script = `require(${main}); console.log(Object.keys(require.cache).join("\\n"))`;
  const loaded = execFileSync(process.execPath, ["--import", "tsx", "--eval", script], { cwd: ROOT, encoding: "utf8" });
  expect(loaded).toContain(path.join("cli", "reviews.ts"));
  const heavy = /node_modules.(cdktf|@cdktf|@aws-sdk|@smithy|ajv)./;
  expect(loaded.split("\n").filter((file) => heavy.test(file))).toEqual([]);
});

test.each([
  [["strat"], "Did you mean start?"],
  [["start", "--dat", "x"], "Did you mean one of --data, --date?"],
  [["start", "--date", "2025-02-30"], "such as 2025-01-31"],
  [["start", "--rows", "12"], "from 100 to"],
  [["start", "--data", "nowhere"], "There is no folder"],
  [["pipeline", "run"], "required option '--date <date>' not specified"],
  [["pipeline", "run", "--date", "2025-01-31", "--datasets", "orders"], 'There is no dataset "orders"'],
  [
    ["pipeline", "run", "--date", "2025-01-31", "--env", "production"],
    `The environments are ${ENVIRONMENT_NAMES.join(", ")}.`,
  ],
  [["synth", "production"], `The environments are ${ENVIRONMENT_NAMES.join(", ")}.`],
])("%j is wrong usage, and what would be right is said", async (args, message) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("an unknown folder among a person's own files is known before anything is started", async () => {
  mkdirSync(path.join(folder, "data/orders"), { recursive: true });
  const { code, out, err } = await run("start", "--data", "data");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("orders/, which is no dataset");
});

test("without a local AWS, commands say how to start one; what an earlier one left behind is known as such", async () => {
  const none = await run("pipeline", "run", "--env", "local", "--date", "2025-01-31");
  expect(none.code).toBe(3);
  expect(none.err).toContain("The local AWS is not running.\n  try   npm run local");
  mkdirSync(path.join(folder, "runs"));
  // A process that lives, but is no local AWS; port 9 discards.
  const stale = {
    endpoint: "http://127.0.0.1:9",
    pid: process.pid,
    region: "us-east-1",
    account: "123456789012",
    folder,
  };
  writeFileSync(path.join(folder, "runs/local.json"), JSON.stringify(stale));
  const gone = await run("pipeline", "status");
  expect(gone.code).toBe(3);
  expect(gone.err).toContain(`speaks of process ${process.pid} at http://127.0.0.1:9, which does not answer`);
});

test("a file is judged without being uploaded", async () => {
  const header = "review_id,product_id,customer_id,rating,review_text,review_date,verified_purchase,helpful_votes";
  const good = Array.from({ length: 20 }, (_, index) => `R${index},P1,C1,5,"a, ""b""",2025-01-15,true,0`);
  writeFileSync(path.join(folder, "good.csv"), [header, ...good, "R99,P1,C1,9,x,2025-01-15,maybe,0", ""].join("\n"));
  writeFileSync(path.join(folder, "bad.csv"), "a,b\n1,2\n");
  const accepted = await run("pipeline", "validate", "good.csv", "--dataset", "reviews");
  expect(accepted).toMatchObject({ code: 0, err: "" });
  expect(accepted.out).toContain("would be accepted as reviews");
  expect(accepted.out).toContain("21 rows, 1 bad");
  expect(accepted.out).toMatch(/rating\.maximum +1 +22 +at most 5\n/);
  const rejected = await run("pipeline", "validate", "bad.csv", "--dataset", "reviews");
  expect(rejected.code).toBe(1);
  expect(rejected.out).toContain('would be rejected as reviews: Missing columns "review_id"');
});

test("sample files are written where the person is, and never over others", async () => {
  const first = await run("sample", "--out", "sample", "--rows", "100");
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toMatch(/transactions +2 +1 +0 +100 /);
  expect(readFileSync(path.join(folder, "sample/transactions/sales-001.csv"), "utf8")).toContain("T20250131-00000001");
  const second = await run("sample", "--out", "sample");
  expect(second.code).toBe(2);
  expect(second.err).toContain("is not empty");
});

describe("npm test", () => {
  const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);

  test("ends with the numbers of what ran", async () => {
    const { code, out } = await run("test", "--only", "ts", "cli/lib/test-report");
    expect({ code, last: lastLine(out) }).toEqual({
      code: 0,
      last: expect.stringMatching(/^[1-9]\d* passed, 0 failed$/),
    });
  });

  test("finding nothing is no success", async () => {
    const { code, out } = await run("test", "--only", "ts", "no-such-test-anywhere");
    expect({ code, last: lastLine(out) }).toEqual({ code: 1, last: "0 passed, 0 failed" });
    expect(out).toContain('No test was found for "no-such-test-anywhere"');
  });
});
