import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const CLI = path.resolve(__dirname, "../../cli");
const JAR = "made.of_air-1.0.jar";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A project of a few files with tools that only pretend: every call of one is a line in `calls`. */
class FakeProject {
  readonly root = mkdtempSync(path.join(tmpdir(), "bootstrap-"));
  private readonly bin = path.join(this.root, "tools");

  constructor() {
    cpSync(path.join(CLI, "bootstrap.mjs"), path.join(this.root, "cli/bootstrap.mjs"), { recursive: true });
    cpSync(path.join(CLI, "bootstrap"), path.join(this.root, "cli/bootstrap"), { recursive: true });
    mkdirSync(this.bin);
    this.write("package.json", "{}");
    this.write("package-lock.json", JSON.stringify({ packages: { "": {}, "node_modules/tsx": { version: "1.0.0" } } }));
    this.write("requirements.txt", "spark==1\n");
    this.write("local/spark-jars.json", JSON.stringify({ packages: ["made:of:air"], jars: { [JAR]: sha256("air") } }));
    this.tool("npm", [
      "[ -e fail-npm ] && { echo 'network is down'; exit 7; }",
      "mkdir -p node_modules/tsx",
      "cp package-lock.json node_modules/.package-lock.json",
      `echo '{"exports": "./index.mjs"}' > node_modules/tsx/package.json`,
      `echo 'import path from "node:path"; console.log(path.basename(process.argv[1], ".ts"), ...process.argv.slice(2)); process.exit(5)' > node_modules/tsx/index.mjs`,
    ]);
    this.tool("python3.11", [
      'if [ "$1" = "-c" ]; then echo "Python 3.11.9"; exit; fi',
      // `-m venv FOLDER`: a Python that pretends to be pip, and a Spark that fetches jars.
      `mkdir -p "$3/bin"; cp "${this.bin}/venv-python" "$3/bin/python"; cp "${this.bin}/spark-submit" "$3/bin/spark-submit"`,
    ]);
    this.tool("venv-python", ["[ -e fail-pip ] && { echo 'no matching distribution'; exit 1; }", "exit 0"]);
    this.tool("spark-submit", [
      'for word in "$@"; do case "$word" in spark.jars.ivy=*) ivy=$(echo "$word" | cut -d= -f2);; esac; done',
      `mkdir -p "$ivy/jars"; printf "$(cat jar-content 2>/dev/null || echo air)" > "$ivy/jars/${JAR}"`,
    ]);
    this.tool("java", [`echo 'openjdk version "17.0.12" 2024-07-16' >&2`]);
    this.tool("terraform", ["echo 'Terraform v1.11.4'"]);
    this.tool("aws", ["echo 'aws-cli/2.15.30 Python/3.11.8 Linux/6.5 exe/x86_64'"]);
  }

  write(name: string, text: string): void {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  remove(name: string): void {
    rmSync(path.join(this.root, name), { recursive: true });
  }

  tool(name: string, lines: readonly string[]): void {
    const file = path.join(this.bin, name);
    writeFileSync(file, ["#!/bin/sh", `cd "${this.root}"`, `echo "${name} $*" >> calls`, ...lines, ""].join("\n"));
    chmodSync(file, 0o755);
  }

  /** @returns the calls that install something, since this was asked last */
  installs(): string[] {
    const file = path.join(this.root, "calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    rmSync(file, { force: true });
    return calls
      .map((call) => call.replaceAll(this.root, "ROOT"))
      .filter((call) => / (install|-m|--master) /.test(`${call} `));
  }

  env(): NodeJS.ProcessEnv {
    return { PATH: `${this.bin}:/usr/bin:/bin`, HOME: this.root };
  }

  run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const command = [path.join(this.root, "cli/bootstrap.mjs"), ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, command, { env: this.env() }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  }
}

let project: FakeProject;
beforeEach(() => {
  project = new FakeProject();
});
afterEach(() => {
  rmSync(project.root, { recursive: true });
});

describe("tools of the machine", () => {
  test("every tool that is missing or too old is named at once, with what was found and how to get it", async () => {
    project.tool("python3.11", ["echo 'command not found: python3.11' >&2", "exit 127"]);
    project.tool("python3", ["echo 'Python 3.12.3'"]);
    project.tool("python", ["echo 'Python 2.7.18'"]);
    project.tool("terraform", ["echo 'Terraform v1.10.5'"]);
    const { code, err } = await project.run("start");
    expect(code).toBe(3);
    expect(err).toContain("Python 3.11, with venv (the Python of AWS Glue 5.1) is missing.");
    expect(err).toContain("python3.11 says: command not found: python3.11");
    expect(err).toContain("python3 is 3.12.3");
    expect(err).toContain("python is 2.7.18");
    expect(err).toContain("Terraform >= 1.11 is missing.");
    expect(err).toContain("terraform is 1.10.5");
    expect(err).toMatch(/get it {2}.*hashicorp/);
    expect(project.installs()).toEqual([]);
  });

  test("a command asks for no more than it needs", async () => {
    project.tool("terraform", ["exit 1"]);
    expect((await project.run("check")).out).toBe("main check\n");
    expect((await project.run("start")).code).toBe(3);
    expect((await project.run("start", "--help")).out).toBe("main start --help\n");
  });

  test("a tool is found where a variable says, and JAVA_HOME of another version does not stand in the way", async () => {
    const elsewhere = path.join(project.root, "elsewhere");
    mkdirSync(path.join(elsewhere, "bin"), { recursive: true });
    writeFileSync(path.join(elsewhere, "bin/java"), `#!/bin/sh\necho 'openjdk version "21.0.1"' >&2\n`, {
      mode: 0o755,
    });
    project.env = function (this: FakeProject) {
      return { ...FakeProject.prototype.env.call(this), JAVA_HOME: elsewhere, TERRAFORM: path.join(elsewhere, "tf") };
    };
    writeFileSync(path.join(elsewhere, "tf"), "#!/bin/sh\necho 'Terraform v1.12.0'\n", { mode: 0o755 });
    const { out } = await project.run("doctor");
    expect(out).toMatch(/✓ java +17\.0\.12 +java\n/);
    expect(out).toContain(path.join(elsewhere, "tf"));
  });

  test.each([
    ["1.28.9", false],
    ["1.29.0", true],
    ["2.12.7", false],
    ["2.13.0", true],
  ])("the AWS CLI %s reaches the local AWS: %s", async (version, fits) => {
    project.tool("aws", [`echo 'aws-cli/${version} Python/3.11.8'`]);
    const { code, err } = await project.run("test-recovery");
    expect(code).toBe(fits ? 5 : 3);
    if (!fits)
      expect(err).toContain(`AWS CLI >= 2.13, or >= 1.29 is missing.\n  found   aws is ${version}\n  get it  `);
  });

  test("doctor goes on without what few commands need, and says which; then it tells of environments", async () => {
    project.tool("aws", ["exit 1"]);
    expect(await project.run("check")).toMatchObject({ code: 5 });
    const { code, out } = await project.run("doctor");
    expect(out).toContain("· AWS CLI >= 2.13, or >= 1.29 is missing.");
    expect(out).toMatch(/ {2}for {5}.*npm run test:recovery/);
    expect(out).toMatch(/\nmain doctor\n$/);
    expect(code).toBe(5);
  });

  test("doctor tells what is there, and installs nothing", async () => {
    project.tool("terraform", ["exit 1"]);
    const { code, out } = await project.run("doctor");
    expect(code).toBe(3);
    expect(out).toMatch(/✓ python +3\.11\.9/);
    expect(out).toContain("✗ Terraform >= 1.11 is missing.\n  found   terraform gave no answer");
    expect(out).toContain("· npm packages: not installed");
    expect(out).not.toContain("main doctor");
    expect(project.installs()).toEqual([]);
  });
});

describe("installation", () => {
  const INSTALLS = [
    "npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=http",
    "python3.11 -m venv ROOT/.local/venv",
    "venv-python -m pip install --require-hashes --progress-bar off -r ROOT/requirements.txt",
    expect.stringMatching(/^spark-submit --master local\[1\] --conf spark\.jars\.ivy=ROOT\S+ --packages made:of:air /),
  ];

  test("a script that goes on by itself has what every command has installed, and nothing run", async () => {
    expect(await project.run("install")).toMatchObject({ code: 0, out: "" });
    expect(project.installs()).toEqual(INSTALLS.slice(0, 1));
  });

  test("a benchmark is a program of its own, with all that commands have; one in Python does not even help without it", async () => {
    project.tool("venv-python", [
      `[ "$2" = pip ] || echo "$AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED $PYTHONPATH $*"`,
    ]);
    const { out } = await project.run("bench:jobs", "--help");
    const folders = [".", "jobs", "local"].map((folder) => path.join(project.root, folder)).join(":");
    expect(out).toBe(`true ${folders} -m bench.jobs --help\n`);
    expect(project.installs()).toEqual([...INSTALLS, "venv-python -m bench.jobs --help"]);
    expect(await project.run("bench:run", "--days", "1")).toMatchObject({ code: 5, out: "run --days 1\n" });
    expect(await project.run("bench:synth", "--help")).toMatchObject({ code: 5, out: "synth --help\n" });
  }, 60_000);

  test("checkov has an environment of its own, beside which the other is not needed", async () => {
    project.write("requirements-policy.txt", "checkov==1\n");
    expect((await project.run("check-policy")).out).toBe("main check-policy\n");
    const ofOwn = [
      "python3.11 -m venv ROOT/.local/policy-venv",
      "venv-python -m pip install --require-hashes --progress-bar off -r ROOT/requirements-policy.txt",
    ];
    expect(project.installs()).toEqual([INSTALLS[0], ...ofOwn]);

    expect((await project.run("check-policy")).out).toBe("main check-policy\n");
    expect(project.installs()).toEqual([]);
    project.write("requirements-policy.txt", "checkov==2\n");
    await project.run("check-policy");
    expect(project.installs()).toEqual(ofOwn.slice(1));
  });

  test("everything is installed once, and the command's exit code is passed on", async () => {
    const first = await project.run("start", "--rows", "7");
    expect(first.err).not.toContain("Error");
    expect(first).toMatchObject({ code: 5, out: "main start --rows 7\n" });
    expect(project.installs()).toEqual(INSTALLS);
    expect(readFileSync(path.join(project.root, ".local/jars", JAR), "utf8")).toBe("air");
    expect((await project.run("start")).err).toBe("");
    expect(project.installs()).toEqual([]);
  });

  test("what has changed is installed again, and nothing else", async () => {
    await project.run("start");
    project.installs();
    project.write("requirements.txt", "spark==2\n");
    await project.run("start");
    expect(project.installs()).toEqual([INSTALLS[2]]);
    project.write(
      "package-lock.json",
      JSON.stringify({ packages: { "": {}, "node_modules/tsx": { version: "2.0.0" } } }),
    );
    await project.run("start");
    expect(project.installs()).toEqual([INSTALLS[0]]);
    project.remove(`.local/jars/${JAR}`);
    await project.run("start");
    expect(project.installs()).toEqual([INSTALLS[3]]);
  });

  test("optional packages of other platforms are not waited for", async () => {
    await project.run("check");
    project.installs();
    const lock = {
      packages: {
        "": {},
        "node_modules/tsx": { version: "1.0.0" },
        "node_modules/mac": { version: "1.0.0", optional: true },
      },
    };
    project.write("package-lock.json", JSON.stringify(lock));
    await project.run("check");
    expect(project.installs()).toEqual([]);
  });

  test("a failure tells what failed, what was said, where the log is and what to try; the next start goes on", async () => {
    project.write("fail-npm", "");
    const npm = await project.run("check");
    expect(npm.code).toBe(3);
    expect(npm.err).toContain("Could not install: npm packages (npm: exit 7)");
    expect(npm.err).toContain("network is down");
    expect(npm.err).toContain(path.join(project.root, ".local/logs/install-npm.log"));
    project.remove("fail-npm");
    project.write("fail-pip", "");
    const pip = await project.run("check");
    expect(pip.err).toContain("no matching distribution");
    expect(pip.err).toContain("PIP_INDEX_URL");
    project.remove("fail-pip");
    project.installs();
    expect(await project.run("check")).toMatchObject({ code: 5, out: "main check\n" });
    // An environment in which pip did not finish is not trusted.
    expect(project.installs()).toEqual(INSTALLS.slice(1, 3));
  });

  test("a jar that is not the pinned one is not used", async () => {
    project.write("jar-content", "poison");
    const { code, err } = await project.run("start");
    expect(code).toBe(3);
    expect(err).toContain(`${JAR} is not the file that was pinned: sha256 ${sha256("poison")}, 6 bytes`);
    expect(existsSync(path.join(project.root, ".local/jars", JAR))).toBe(false);
    project.remove("jar-content");
    expect((await project.run("start")).code).toBe(5);
  });

  test("commands that are started together install once", async () => {
    project.tool("npm", [
      "mkdir running || exit 9",
      "sleep 0.5",
      "mkdir -p node_modules/tsx",
      "cp package-lock.json node_modules/.package-lock.json",
      `echo '{"exports": "./index.mjs"}' > node_modules/tsx/package.json`,
      "echo 'process.exit(5)' > node_modules/tsx/index.mjs",
      "rmdir running",
    ]);
    const runs = await Promise.all([1, 2, 3].map(() => project.run("check")));
    expect(runs.map(({ code }) => code)).toEqual([5, 5, 5]);
    expect(project.installs()).toEqual(INSTALLS.slice(0, 3));
    expect(runs.filter(({ err }) => /waiting for the installation that process \d+ does/.test(err))).toHaveLength(2);
  });

  test("the lock of a process that died is taken over", async () => {
    const dead = spawn("true");
    await once(dead, "exit");
    project.write(".local/install.lock", String(dead.pid));
    expect((await project.run("check")).code).toBe(5);
    expect(existsSync(path.join(project.root, ".local/install.lock"))).toBe(false);
  });

  test("an interrupted installation ends its child and is done again", async () => {
    project.tool("npm", ["echo $$ > npm-pid", "exec sleep 60"]);
    const child = spawn(process.execPath, [path.join(project.root, "cli/bootstrap.mjs"), "check"], {
      env: project.env(),
    });
    const pidFile = path.join(project.root, "npm-pid");
    while (!existsSync(pidFile) || readFileSync(pidFile, "utf8") === "")
      await new Promise((resolve) => setTimeout(resolve, 20));
    const npm = Number(readFileSync(pidFile, "utf8"));
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([3, null]);
    expect(() => process.kill(npm, 0)).toThrow("ESRCH");
    expect(existsSync(path.join(project.root, ".local/install.lock"))).toBe(false);
  });
});
