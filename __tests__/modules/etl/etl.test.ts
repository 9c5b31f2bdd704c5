import { DATASETS } from "../../../contracts";
import { DEFAULTS, Etl, type EtlProps, GlueJob, JOB_OF_DATASET, JobEncryption, sparkConf } from "../../../modules/etl";
import { JOB_NAMES } from "../../../modules/lib/naming";
import { PiiKey } from "../../../modules/security";
import { aCatalog, aLake, aLedger, aRole, NAMES } from "../support/parts";
import {
  type Resource,
  rightsOf as rightsOfRole,
  type Synthesis,
  statements,
  synthesize,
  zipped,
} from "../support/synthesis";

const build = (settings: Partial<EtlProps> = {}, use: (etl: Etl) => void = () => {}) =>
  synthesize((stack) => {
    const lake = aLake(stack);
    const { databases } = aCatalog(stack, lake);
    const piiKey = new PiiKey(stack, "PiiKey", { name: NAMES.piiKeySecret });
    use(new Etl(stack, "Etl", { names: NAMES, lake, databases, runLedger: aLedger(stack), piiKey, ...settings }));
  });

const stack = build();
const jobOf = (name: (typeof JOB_NAMES)[number], from: Synthesis = stack) =>
  from.find("aws_glue_job", "name", NAMES.job(name));
const rightsOf = (name: (typeof JOB_NAMES)[number]) => rightsOfRole(stack, name.replaceAll("_", "-"));

test.each(JOB_NAMES)("%s is a Glue 5.1 job that never retries by itself", (name) => {
  expect(jobOf(name)).toMatchObject({
    glue_version: "5.1",
    command: { name: "glueetl", python_version: "3" },
    max_retries: 0,
    execution_class: "STANDARD",
    execution_property: { max_concurrent_runs: 1 },
    worker_type: DEFAULTS.workerType,
    number_of_workers: DEFAULTS.maxWorkers,
    timeout: DEFAULTS.timeoutMinutes,
  });
});

test.each(JOB_NAMES)("%s runs its own script with the shared package", (name) => {
  const script = stack.find("aws_s3_object", "key", `artifacts/jobs/${name}.py`);
  const shared = stack.find("aws_s3_object", "key", "artifacts/packages/commerce_lake.zip");
  const job = jobOf(name);
  expect(String((job.command as { script_location: string }).script_location)).toMatch(`/${String(script.key)}`);
  expect(argumentsOf(job)["--extra-py-files"]).toMatch(`/${String(shared.key)}`);
  for (const object of [script, shared]) expect(object.source_hash).toMatch(/^[A-Za-z0-9+/]{43}=$/);
});

test.each(JOB_NAMES)("%s gets the arguments that docs/architecture.md promises", (name) => {
  const given = argumentsOf(jobOf(name));
  expect(given).toMatchObject({
    "--lake_bucket": expect.stringContaining("aws_s3_bucket"),
    "--environment": "test",
    "--raw_database": expect.stringContaining("aws_glue_catalog_database.Catalog_Raw"),
    "--processed_database": expect.stringContaining("aws_glue_catalog_database.Catalog_Processed"),
    "--curated_database": expect.stringContaining("aws_glue_catalog_database.Catalog_Curated"),
    "--datalake-formats": "iceberg",
    "--enable-auto-scaling": "true",
    "--enable-metrics": "true",
    "--enable-continuous-cloudwatch-log": "true",
    "--job-bookmark-option": "job-bookmark-disable",
  });
  for (const own of ["--pii_key_secret", "--run_ledger_table"]) expect(own in given).toBe(name === "master_data_merge");
});

test("Spark gets the Iceberg catalog and counts time in UTC, in the one --conf that Glue takes", () => {
  const settings = sparkConf("s3://lake/processed").split(" --conf ");
  expect(settings).toEqual([
    "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.glue_catalog=org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl=org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.glue_catalog.warehouse=s3://lake/processed",
    "spark.sql.session.timeZone=UTC",
  ]);
});

test.each(JOB_NAMES)("%s logs to groups that forget and that are there before it runs", (name) => {
  const prefix = `/aws-glue/jobs/${name.replaceAll("_", "-")}-test`;
  const job = jobOf(name);
  expect(argumentsOf(job)["--custom-logGroup-prefix"]).toBe(prefix);
  for (const stream of ["error", "output"]) {
    const group = stack.find("aws_cloudwatch_log_group", "name", `${prefix}/${stream}`);
    expect(group.retention_in_days).toBe(DEFAULTS.logRetentionDays);
    expect(job.depends_on).toContain(group.address);
  }
});

test("sizes can be set; merges still take turns", () => {
  const sized = build({
    workerType: "G.4X",
    maxWorkers: 100,
    timeoutMinutes: 2_880,
    maxConcurrentRuns: 7,
    logRetentionDays: 365,
  });
  expect(jobOf("review_etl", sized)).toMatchObject({
    worker_type: "G.4X",
    number_of_workers: 100,
    timeout: 2_880,
    execution_property: { max_concurrent_runs: 7 },
  });
  expect(jobOf("master_data_merge", sized).execution_property).toEqual({ max_concurrent_runs: 1 });
  expect(new Set(sized.every("aws_cloudwatch_log_group").map((group) => group.retention_in_days))).toEqual(
    new Set([365]),
  );
});

test.each<[Partial<EtlProps>, RegExp]>([
  [{ maxWorkers: 1 }, /maxWorkers of a Glue job is a whole number from 2 to 100; received 1/],
  [{ maxWorkers: 101 }, /received 101/],
  [{ maxWorkers: 2.5 }, /received 2.5/],
  [{ timeoutMinutes: 0 }, /timeoutMinutes of a Glue job is a whole number from 1 to 2880; received 0/],
  [{ timeoutMinutes: 2_881 }, /received 2881/],
  [{ maxConcurrentRuns: 0 }, /maxConcurrentRuns of a Glue job is a whole number from 1 to 1000; received 0/],
])("%p is refused", (settings, message) => {
  expect(() => build(settings)).toThrow(message);
  expect(() => build(settings)).toThrow(/^test\/Etl\/TransactionEtl: /);
});

describe("rights", () => {
  test.each(DATASETS)("the job of %s reaches that dataset and no other", (dataset) => {
    const rights = rightsOf(JOB_OF_DATASET[dataset]);
    const places = rights.flatMap(({ resources }) => resources);
    for (const other of DATASETS.filter((one) => one !== dataset)) {
      expect(places.filter((place) => place.includes(other))).toEqual([]);
    }
    expect(places.filter((place) => place.includes("/curated/") || place.includes("secretsmanager"))).toEqual([]);
    const written = rights.filter(({ actions }) => actions.includes("s3:PutObject")).flatMap((one) => one.resources);
    expect(written.map(afterBucket)).toEqual([
      `/spark-logs/${NAMES.job(JOB_OF_DATASET[dataset])}/*`,
      `/runs/*/jobs/${JOB_OF_DATASET[dataset]}.json`,
      `/quarantine/${dataset}/*`,
      `/processed/${dataset}/*`,
    ]);
  });

  test.each(DATASETS)("the job of %s never writes what it reads: raw is immutable", (dataset) => {
    const changing = rightsOf(JOB_OF_DATASET[dataset]).filter(({ actions }) =>
      actions.some((action) => /^s3:(Put|Delete)/.test(action)),
    );
    expect(changing.flatMap((one) => one.resources).filter((place) => place.includes("/raw/"))).toEqual([]);
  });

  test("the merge alone reads the key of the pseudonyms", () => {
    const readers = JOB_NAMES.filter((name) =>
      rightsOf(name).some(({ actions }) => actions.includes("secretsmanager:GetSecretValue")),
    );
    expect(readers).toEqual(["master_data_merge"]);
  });

  test("the merge reads neither raw nor quarantine, where personal data lies as it came", () => {
    const reading = rightsOf("master_data_merge").filter(({ actions }) => actions.includes("s3:GetObject"));
    const places = reading.flatMap(({ resources }) => resources.map(afterBucket));
    expect(places.filter((place) => /^\/(raw|quarantine)/.test(place))).toEqual([]);
    expect(places).toContain("/curated/*");
  });

  test("the merge touches its own lock in the run ledger and nothing else there", () => {
    const ledger = rightsOf("master_data_merge").filter(({ actions }) =>
      actions.some((one) => one.startsWith("dynamodb:")),
    );
    expect(ledger).toMatchObject([
      {
        actions: ["dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["LOCK#MERGE"] } },
      },
    ]);
  });

  test("who may run a job may watch and stop it, and that job alone", () => {
    const with_ = synthesize((scope) => {
      const lake = aLake(scope);
      const piiKey = new PiiKey(scope, "PiiKey", { name: NAMES.piiKeySecret });
      const { databases } = aCatalog(scope, lake);
      const etl = new Etl(scope, "Etl", { names: NAMES, lake, databases, runLedger: aLedger(scope), piiKey });
      etl.jobs.review_etl.grantRun(aRole(scope));
    });
    const policy = with_.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
    expect(statements(policy?.policy)).toMatchObject([
      {
        sid: "RunReviewEtl",
        actions: ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
        resources: [`\${${jobOf("review_etl", with_).address}.arn}`],
      },
    ]);
  });
});

test("jobs are found by name", () => {
  build({}, ({ jobs }) => {
    expect(Object.keys(jobs)).toEqual([...JOB_NAMES]);
    expect(jobs.transaction_etl).toBeInstanceOf(GlueJob);
  });
});

function argumentsOf(job: Resource): Record<string, string> {
  return zipped(job.default_arguments);
}

function afterBucket(arn: string): string {
  return arn.replace(/^\$\{[^}]*\}/, "");
}

describe("encrypted by a key of one's own", () => {
  const logsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/logs";
  const encrypted = build({ logsKeyArn });

  test("logs and bookmarks have that key, files what the lake has", () => {
    expect(encrypted.only("aws_glue_security_configuration")).toMatchObject({
      name: "commerce-lake-test",
      encryption_configuration: {
        cloudwatch_encryption: { cloudwatch_encryption_mode: "SSE-KMS", kms_key_arn: logsKeyArn },
        job_bookmarks_encryption: { job_bookmarks_encryption_mode: "CSE-KMS", kms_key_arn: logsKeyArn },
        s3_encryption: { s3_encryption_mode: "SSE-S3" },
      },
    });
    const lakeKey = "arn:aws:kms:eu-central-1:123456789012:key/lake";
    const both = synthesize((scope) => {
      new JobEncryption(scope, "Encryption", {
        name: "a-name",
        logsKeyArn,
        lake: { bucketName: "b", bucketArn: "b", kmsKeyArn: lakeKey },
      });
    });
    expect(both.only("aws_glue_security_configuration").encryption_configuration).toMatchObject({
      s3_encryption: { s3_encryption_mode: "SSE-KMS", kms_key_arn: lakeKey },
    });
  });

  test.each(JOB_NAMES)("%s logs to the groups that Glue makes of the configuration's and the role's names", (name) => {
    const job = name.replaceAll("_", "-");
    expect(jobOf(name, encrypted).security_configuration).toMatch(/aws_glue_security_configuration/);
    const prefix = `/aws-glue/jobs/${job}-test/commerce-lake-test-role/commerce-lake-${job}-test`;
    for (const stream of ["error", "output"]) {
      expect(() => encrypted.find("aws_cloudwatch_log_group", "name", `${prefix}/${stream}`)).not.toThrow();
    }
    expect(argumentsOf(jobOf(name, encrypted))["--custom-logGroup-prefix"]).toBe(`/aws-glue/jobs/${job}-test`);
    const rights = rightsOfRole(encrypted, job);
    expect(rights.find(({ sid }) => sid === "EncryptLogs")).toMatchObject({ actions: ["logs:AssociateKmsKey"] });
    expect(rights.find(({ sid }) => sid === "EncryptLogs")?.resources).toEqual([
      expect.stringMatching(`:log-group:/aws-glue/jobs/${job}-test/\\*$`),
    ]);
    expect(rights.find(({ sid }) => sid === "EncryptBookmarks")).toMatchObject({ resources: [logsKeyArn] });
  });
});

test("runs leave logs for the Spark UI, each job its own, unless they shall not", () => {
  for (const name of JOB_NAMES) {
    const physical = NAMES.job(name);
    expect(argumentsOf(jobOf(name))).toMatchObject({
      "--enable-spark-ui": "true",
      "--spark-event-logs-path": expect.stringMatching(`/spark-logs/${physical}/$`),
    });
    const write = rightsOf(name).find(({ sid }) => sid.startsWith("WriteSparkLogs"));
    expect(write?.resources).toEqual([expect.stringMatching(`/spark-logs/${physical}/\\*$`)]);
  }
  const without = build({ sparkUi: false });
  expect(Object.keys(argumentsOf(jobOf("review_etl", without))).filter((name) => name.includes("spark"))).toEqual([]);
  expect(rightsOfRole(without, "review-etl").filter(({ sid }) => sid.includes("SparkLogs"))).toEqual([]);
});

test("execution can be cheaper than at once, with the workers that Glue has for it", () => {
  expect(jobOf("review_etl", build({ executionClass: "FLEX" })).execution_class).toBe("FLEX");
  expect(jobOf("review_etl", build({ executionClass: "FLEX", workerType: "G.2X" })).execution_class).toBe("FLEX");
  expect(() => build({ executionClass: "FLEX", workerType: "G.4X" })).toThrow(
    /flexible execution has workers of type G.1X or G.2X alone; received "G.4X"/,
  );
});

test("jobs run in a VPC where one is given, and may attach themselves to it", () => {
  expect(jobOf("review_etl").connections).toBeUndefined();
  const inside = build({
    network: {
      connections: ["one", "two"],
      grantAttach: (role) => role.allow({ sid: "Attach", actions: ["ec2:CreateNetworkInterface"], resources: ["x"] }),
    },
  });
  for (const name of JOB_NAMES) {
    expect(jobOf(name, inside).connections).toEqual(["one", "two"]);
    expect(rightsOfRole(inside, name.replaceAll("_", "-")).map(({ sid }) => sid)).toContain("Attach");
  }
});
