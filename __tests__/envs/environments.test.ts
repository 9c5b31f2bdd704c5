import { ENVIRONMENT_NAMES, type Environment, environment, environments } from "../../envs";

/** Retention that CloudWatch Logs allows. @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const all: readonly (readonly [string, Environment])[] = Object.entries(environments);

test("these are there, in the order in which a change travels, and each is found by the name that it bears", () => {
  const ours = ["local", "dev", "staging", "prod"];
  expect(ENVIRONMENT_NAMES.filter((name) => ours.includes(name))).toEqual(ours);
  for (const name of ENVIRONMENT_NAMES) expect(environment(name).name).toBe(name);
});

test.each(["prd", "", "Prod", "toString", "__proto__"])("%p is none, and the answer lists those that are", (name) => {
  expect(() => environment(name)).toThrow(
    `There is no environment "${name}". The environments are ${ENVIRONMENT_NAMES.join(", ")} (envs/).`,
  );
});

test.each(all)("%s says only what AWS takes", (_name, env) => {
  expect(env.account).toMatch(/^\d{12}$/);
  expect(LOG_RETENTION).toContain(env.logs.retentionDays);
  expect(env.batch.schedule.expression).toMatch(/^(cron|rate)\(.+\)$/);
  const { enforced, ...days } = env.retention;
  expect(typeof enforced).toBe("boolean");
  for (const number of Object.values(days)) expect(number).toBeGreaterThanOrEqual(1);
});

test("dev, staging and prod have a state each, and none but local keeps it in a file", () => {
  const { dev, staging, prod } = environments;
  const buckets = [dev, staging, prod].map(({ state }) => (state.kind === "s3" ? state.bucket : ""));
  expect(new Set(buckets).size).toBe(3);
  const inFiles = all.filter(([, { state }]) => state.kind === "file").map(([name]) => name);
  expect(inFiles).toEqual(["local"]);
});

test("the accounts of AWS are three, and no one else's", () => {
  const accounts = [environments.dev, environments.staging, environments.prod].map(({ account }) => account);
  expect(new Set(accounts).size).toBe(3);
  expect(accounts).not.toContain(environments.local.account);
});

test("dev, staging and prod differ in numbers, never in shape", () => {
  const [dev, staging, prod] = [environments.dev, environments.staging, environments.prod].map((env) => shapeOf(env));
  expect(staging).toEqual(dev);
  expect(prod).toEqual(dev);
});

test("what matters is guarded", () => {
  expect(environments.prod.protected).toBe(true);
  expect(environments.staging.protected).toBe(true);
});

/** Paths of all values with their types. */
function shapeOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [`${path}: ${Array.isArray(value) ? "list" : typeof value}`];
  }
  return Object.entries(value).flatMap(([key, inner]) => shapeOf(inner, `${path}.${key}`));
}
