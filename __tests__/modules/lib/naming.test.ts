import { ENVIRONMENT_NAMES, environments } from "../../../envs";
import { ConfigurationError } from "../../../modules/lib/errors";
import { checkedName, FUNCTION_NAMES, JOB_NAMES, names } from "../../../modules/lib/naming";

const local = names(environments.local);

test("names are those that docs/architecture.md promises", () => {
  expect(local).toMatchObject({
    stack: "commerce-lake-local",
    bucket: "data-lake-local-123456789012",
    stateMachine: "commerce-lake-local",
    workgroup: "commerce-lake-local",
    fileLedger: "file-ledger-local",
    runLedger: "run-ledger-local",
    notificationsTopic: "pipeline-notifications-local",
    qualityAlertsTopic: "data-quality-alerts-local",
    piiKeySecret: "commerce-lake/local/pii-key",
  });
  expect(local.database("curated")).toBe("curated_local");
  expect(local.crawler("reviews")).toBe("raw-reviews-local");
  expect(local.job("clickstream_aggregation")).toBe("clickstream-aggregation-local");
  expect(local.function("validate-file")).toBe("commerce-lake-validate-file-local");
});

test.each(ENVIRONMENT_NAMES)("no two things of %s share a name of their kind", (name) => {
  const its = names(environments[name]);
  const functions = FUNCTION_NAMES.map(its.function);
  const jobs = JOB_NAMES.map(its.job);
  const roles = [...FUNCTION_NAMES, ...JOB_NAMES].map((of) => its.role(of.replaceAll("_", "-")));
  for (const kind of [functions, jobs, roles]) expect(new Set(kind).size).toBe(kind.length);
});

test("a dash in an environment's name is none in a database's, where Athena would need quotes", () => {
  expect(names({ name: "dev-anna", account: "111111111111" }).database("raw")).toBe("raw_dev_anna");
});

describe("what AWS would refuse is refused before it is planned", () => {
  test.each(["12345678901", "1234567890123", "12345678901x", ""])("account %p", (account) => {
    expect(() => names({ name: "dev", account })).toThrow(/an AWS account id has 12 digits; received ".*"/);
  });

  test.each([
    ["bucket", "ab"],
    ["bucket", "a".repeat(64)],
    ["bucket", "Data-Lake"],
    ["bucket", "data-lake-"],
    ["function", "f".repeat(65)],
    ["role", "r".repeat(65)],
    ["database", "raw-dev"],
    ["stateMachine", "s".repeat(81)],
    ["workgroup", ""],
    ["table", "ab"],
  ] as const)("%s %p", (kind, name) => {
    expect(() => checkedName(kind, name)).toThrow(ConfigurationError);
  });

  test.each([
    ["bucket", "abc"],
    ["bucket", "a".repeat(63)],
    ["function", "f".repeat(64)],
    ["stateMachine", "s".repeat(80)],
    ["table", "abc"],
  ] as const)("but not %s %p", (kind, name) => {
    expect(checkedName(kind, name)).toBe(name);
  });

  test("and a name that an environment makes too long says which", () => {
    const { bucket, role } = names({ name: "a".repeat(40), account: "111111111111" });
    expect(bucket).toHaveLength(63);
    expect(() => role("clickstream-aggregation")).toThrow(/\(role\): .* 1 to 64 characters.*shorten/);
    expect(() => names({ name: "a".repeat(41), account: "111111111111" })).toThrow(/\(bucket\): .* 3 to 63 characters/);
  });
});
