import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { parse } from "yaml";
import { program } from "../cli/main";
import { ENVIRONMENT_NAMES, type Environment, environments } from "../envs";

const ROOT = path.join(__dirname, "..");
const FOLDER = path.join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly "timeout-minutes"?: number;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly concurrency?: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = readdirSync(FOLDER);
const texts = files.map((name) => [name, readFileSync(path.join(FOLDER, name), "utf8")] as const);
const workflows = texts.map(([name, text]) => [name, parse(text) as Workflow] as const); // as GitHub reads it
const jobs = workflows.flatMap(([name, { jobs }]) =>
  Object.entries(jobs).map(([job, it]) => [`${name} ${job}`, it] as const),
);
const action = readFileSync(path.join(ROOT, ".github/actions/setup/action.yml"), "utf8");

test.each([...texts, ["the set-up", action] as const])(
  "%s pins every action by its whole commit, and says its version",
  (_, text) => {
    const used = [...text.matchAll(/uses: (.*)$/gm)]
      .map(([, what = ""]) => what)
      .filter((what) => !what.startsWith("./"));
    for (const what of used) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test("an action is of one version everywhere", () => {
  const used = [...texts.map(([, text]) => text), action].flatMap(
    (text) => text.match(/[\w-]+\/[\w-]+@[0-9a-f]{40}/g) ?? [],
  );
  const versions = new Map(
    used.map((one) => [one.split("@")[0], new Set(used.filter((other) => other.startsWith(`${one.split("@")[0]}@`)))]),
  );
  for (const [name, commits] of versions) expect([name, commits.size]).toEqual([name, 1]);
});

test.each(workflows)(
  "%s may by itself read the sources alone, and does not run beside itself",
  (name, { permissions, concurrency, on }) => {
    expect(permissions).toEqual({ contents: "read" });
    // One that is called runs in its caller's group.
    if (!("workflow_call" in on)) expect([name, concurrency?.group]).toEqual([name, expect.any(String)]);
    // It would run a stranger's code with the rights of ours.
    expect(Object.keys(on)).not.toContain("pull_request_target");
  },
);

test.each(texts)("%s holds no keys, and puts nothing of a stranger's into a command", (_, text) => {
  expect(text).not.toMatch(/secrets\.|aws-access-key|aws-secret/i);
  for (const [, command = ""] of text.matchAll(/run: (?:\|\n((?: {10,}.*\n)+)|(.*))/g))
    expect(command).not.toContain("${{");
  for (const line of text.split("\n").filter((one) => /^\s*- run: /.test(one))) expect(line).not.toContain("${{");
});

test.each(jobs)("%s ends in time, and calls scripts that a laptop has too", (_, job) => {
  if (job.uses !== undefined) return;
  expect(job["timeout-minutes"]).toBeGreaterThan(0);
  const commands = (job.steps ?? []).flatMap(({ run }) => run ?? []);
  expect(commands.length).toBeGreaterThan(0);
  for (const command of commands) expect(calls(command)).not.toEqual([]);
});

test.each(
  jobs.flatMap(([name, { steps = [] }]) => steps.flatMap(({ run = "" }) => calls(run).map((call) => [name, call]))),
)("%s: %s is a script, and takes what it is given", async (_, call) => {
  const [script = "", ...args] = call.split(" ");
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const [, command] = /^exec node cli\/bootstrap\.mjs (\S+)$/.exec(scripts[script]) ?? [];
  if (command === undefined) {
    expect([scripts[script], args]).toEqual([expect.any(String), []]);
    return;
  }
  await expect(parsed([command, ...args])).resolves.toBeUndefined();
});

test("what a command does not know is found", async () => {
  await expect(parsed(["apply", "--env", "dev", "--plan", "review", "--folder", "x"])).rejects.toThrow("--folder");
  await expect(parsed(["state", "drift"])).rejects.toThrow("--env");
  await expect(parsed(["github", "comments"])).rejects.toThrow();
});

/** The npm scripts that a step calls, with their arguments, such as `plan --env dev`; what the shell fills in is filled in with what fits. */
function calls(command: string): string[] {
  const values: Readonly<Record<string, string>> = { ENVIRONMENT: "dev", PULL: "1", BASE: "HEAD" };
  return [...command.matchAll(/^ *npm (?:run )?([\w:-]+)(?: --(?= ) *([^|;\n]*))?/gm)].map(
    ([, script = "", args = ""]) =>
      [script, ...(args.match(/"[^"]*"|\S+/g) ?? [])]
        .map((word) =>
          word
            .replaceAll('"', "")
            .replace(/\$(\w+)/g, (_, name: string) => values[name] ?? `$${name}`)
            .replaceAll(" ", "-"),
        )
        .join(" "),
  );
}

/** Has the command line read a call, and do nothing. */
async function parsed(args: readonly string[]): Promise<void> {
  const quieted = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const one of command.commands) quieted(one);
  };
  const root = program(() => {});
  quieted(root);
  await root.parseAsync(args, { from: "user" });
}

test.each(jobs)("%s asks GitHub for no more than it uses", (_, { permissions = {}, steps = [], uses }) => {
  const isRole = uses !== undefined || steps.some((step) => step.uses?.startsWith("aws-actions/"));
  expect("id-token" in permissions).toBe(isRole);
  const says = (what: string) => steps.some(({ run }) => run?.includes(`npm run github -- ${what}`));
  expect("pull-requests" in permissions).toBe(says("comment"));
  expect("issues" in permissions).toBe(says("issue"));
  expect(
    Object.keys(permissions).every((one) => ["contents", "id-token", "pull-requests", "issues"].includes(one)),
  ).toBe(true);
});

test("only what is applied in an environment deploys, and it applies the plan of the job before", () => {
  const applying = jobs.filter(([, { steps = [] }]) => steps.some(({ run }) => run?.includes("npm run apply")));
  expect(applying.map(([name]) => name)).toEqual(["deploy-environment.yml apply"]);
  for (const [, { environment, steps = [] }] of applying) {
    expect(environment).toBeDefined();
    expect(steps.some((step) => step.uses?.startsWith("actions/download-artifact"))).toBe(true);
    expect(steps.some(({ run }) => run?.includes("npm run plan"))).toBe(false);
  }
});

test("what a merge deploys, pull requests and drift see too, in the order in which a change travels", () => {
  const text = (name: string) => texts.find(([file]) => file === name)?.[1] ?? "";
  const deployed = [...text("deploy.yml").matchAll(/environment: (\S+)/g)].map(([, env = ""]) => env);
  for (const name of ["pull-request.yml", "drift.yml"]) {
    const seen = [...text(name).matchAll(/\{ env: (\S+), prefix: (\S+) \}/g)];
    expect(seen.map(([, env]) => env)).toEqual(deployed);
    // Names of variables know no dashes.
    for (const [, env = "", prefix] of seen) expect(prefix).toBe(env.toUpperCase().replaceAll("-", "_"));
  }
  expect(ENVIRONMENT_NAMES.filter((name) => deployed.includes(name))).toEqual(deployed);
  const mustBe = Object.values<Environment>(environments).filter((env) => env.protected || env.ci !== "none");
  expect(deployed).toEqual(expect.arrayContaining(["dev", ...mustBe.map(({ name }) => name)]));
});
