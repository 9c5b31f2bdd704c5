import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { addCost } from "../../cli/costs";
import { ENVIRONMENT_NAMES } from "../../envs";

const NAMES = ENVIRONMENT_NAMES.join(", ");
let folder: string;
let printed: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "costs-"));
  printed = [];
  jest.spyOn(console, "log").mockImplementation((text: string) => void printed.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Runs the command as it is typed; what it prints. */
async function run(...args: string[]): Promise<string> {
  const root = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addCost(root);
  for (const command of root.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
  await root.parseAsync(["cost", ...args], { from: "user" });
  return printed.join("\n");
}

function write(name: string, document: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return file;
}

const stack = (keys: number) => ({
  terraform: {},
  resource: { aws_kms_key: Object.fromEntries(Array.from({ length: keys }, (_, index) => [`No${index}`, {}])) },
});
const IDLE = ["--runs-per-month", "0", "--gb-per-day", "0"];

test("two stacks are compared, for people and for programs", async () => {
  const files = [write("before.json", stack(1)), write("after.json", stack(3))];
  expect(await run("--compare", ...files, ...IDLE)).toMatch(
    /before\.json to .*after\.json: \$1\.00 → \$3\.00 a month \(\+2\.00\)/,
  );
  printed = [];
  expect(JSON.parse(await run("--compare", ...files, "--json", ...IDLE))).toMatchObject({
    profile: { runsPerMonth: 0, gbPerDay: 0, freeTier: false },
    before: 1,
    after: 3,
    changes: [{ service: "KMS", item: "Keys", before: 1, after: 3 }],
  });
});

test("a plan alone is compared with itself: before and after", async () => {
  const change = {
    address: "aws_secretsmanager_secret.One",
    type: "aws_secretsmanager_secret",
    mode: "managed",
    change: { actions: ["delete"], before: {}, after: null },
  };
  const plan = write("plan.json", { format_version: "1.2", resource_changes: [change] });
  expect(await run("--compare", plan)).toMatch(
    /plan\.json before to .*plan\.json after: \$0\.40 → \$0\.00 a month \(-0\.40\)/,
  );
});

test("assumptions are given by name, more than one", async () => {
  const file = write("keys.json", stack(1));
  const [first] = JSON.parse(
    await run(
      "--compare",
      file,
      file,
      "--assume",
      "kmsRequestsPerRun=20000",
      "--assume",
      "lakeDays=10",
      "--json",
      "--runs-per-month",
      "1",
    ),
  ).bills;
  // One key, and 20,000 requests at $0.03 for ten thousand.
  expect(first.total).toBeCloseTo(1.06, 10);
});

test.each([
  [["--env", "production"], `There is no environment "production". The environments are ${NAMES}`],
  [["--gb-per-day", "-1"], "It must be a number, 0 or more."],
  [["--assume", "gbPerQuarry=2"], 'There is no assumption "gbPerQuarry". It is one of gbPerDay,'],
  [["--assume", "gbPerQuery"], "It must be a number, 0 or more."],
  [["--compare", "production"], `--compare takes an environment (${NAMES}) or JSON files`],
  [["--compare", "a.json", "b.json", "c.json"], "--compare takes one or two; received 3."],
  [["--compare", "nowhere.json", "nowhere.json"], "nowhere.json cannot be read"],
  [["--guide", "--explain"], "cannot be used with option"],
])("%j is wrong usage, and what would be right is said", async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});

test("what is no stack fails, and what would be one is said", async () => {
  const [bill, text] = [write("bill.json", { total: 3 }), write("text.json", "{")];
  await expect(run("--compare", bill, bill)).rejects.toThrow("an object with total");
  await expect(run("--compare", text, text)).rejects.toThrow("text.json is no JSON");
});
