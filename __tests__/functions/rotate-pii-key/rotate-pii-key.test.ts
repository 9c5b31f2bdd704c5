import { InvalidEvent } from "../../../functions/lib/errors";
import { type RotatedSecret, rotatePiiKey, STEPS, stepOf } from "../../../functions/rotate-pii-key/rotate-pii-key";

const SECRET = "arn:of:secret";

/** A secret as Secrets Manager keeps it: versions with stages and values. */
class Versions implements RotatedSecret {
  made = 0;
  readonly held = new Map<string, { stages: string[]; value?: string }>([
    ["old", { stages: ["AWSCURRENT"], value: "o".repeat(64) }],
    ["new", { stages: ["AWSPENDING"] }],
  ]);

  async stages() {
    return Object.fromEntries([...this.held].map(([version, { stages }]) => [version, stages]));
  }
  async value(_: string, version: string) {
    return this.held.get(version)?.value;
  }
  async newKey() {
    this.made += 1;
    return String(this.made).repeat(64);
  }
  async store(_: string, version: string, value: string) {
    this.held.set(version, { stages: ["AWSPENDING"], value });
  }
  async promote(_: string, version: string, instead: string | undefined) {
    const old = instead === undefined ? undefined : this.held.get(instead);
    if (old !== undefined) old.stages = ["AWSPREVIOUS"];
    const next = this.held.get(version);
    if (next !== undefined) next.stages = ["AWSCURRENT", "AWSPENDING"];
  }
  current() {
    return [...this.held].find(([, { stages }]) => stages.includes("AWSCURRENT"))?.[0];
  }
}

const run = (versions: Versions, version = "new", steps: readonly string[] = STEPS) =>
  steps.reduce(
    (before, step) => before.then(() => rotatePiiKey({ secret: SECRET, version, step: stepOf(step) }, versions)),
    Promise.resolve(),
  );

test("a rotation ends with the new key read, and the old one had back", async () => {
  const versions = new Versions();
  await run(versions);
  expect(versions.current()).toBe("new");
  expect(versions.held.get("new")?.value).toBe("1".repeat(64));
  expect(versions.held.get("old")).toEqual({ stages: ["AWSPREVIOUS"], value: "o".repeat(64) });
});

test.each(STEPS)("after a failure behind %s the whole rotation can be called again: one key is made", async (last) => {
  const versions = new Versions();
  await run(versions, "new", STEPS.slice(0, STEPS.indexOf(last) + 1));
  await run(versions);
  expect(versions.made).toBe(1);
  expect(versions.current()).toBe("new");
});

test("nobody reads the new key before it is finished", async () => {
  const versions = new Versions();
  await run(versions, "new", STEPS.slice(0, 3));
  expect(versions.current()).toBe("old");
});

test("a value that is no key is not promoted, and not said", async () => {
  const versions = new Versions();
  await versions.store(SECRET, "new", "too-short-a-secret");
  const failed = run(versions).then(
    () => "",
    (error: Error) => error.message,
  );
  expect(await failed).toBe("Version new holds no key of 64 letters and digits.");
  expect(versions.current()).toBe("old");
});

test("versions that Secrets Manager did not prepare are refused", async () => {
  const versions = new Versions();
  await expect(run(versions, "other")).rejects.toThrow("Version other is none of the secret's.");
  versions.held.set("previous", { stages: ["AWSPREVIOUS"] });
  await expect(run(versions, "previous")).rejects.toThrow("Version previous is not the one that is to come.");
});

test("a step that is none is refused", () => {
  expect(() => stepOf("destroySecret")).toThrow(InvalidEvent);
});
