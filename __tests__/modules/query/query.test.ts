import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { historyColumns } from "../../../contracts";
import { historyKey } from "../../../functions/lib/lake-paths";
import { Lake, permitDataDeletion } from "../../../modules/lake";
import { inProject } from "../../../modules/lib/project";
import { DEFAULTS, namedQueries, Query, type QueryProps, Workgroup } from "../../../modules/query";
import { aCatalog, aLake, aLedger, aRole, NAMES } from "../support/parts";
import { asObject, rightsOf, statements, synthesize } from "../support/synthesis";

const build = (props: Partial<QueryProps> = {}, leave = false) =>
  synthesize((scope) => {
    if (leave) permitDataDeletion(scope);
    const lake = aLake(scope);
    const { databases } = aCatalog(scope, lake);
    new Query(scope, "Query", { names: NAMES, lake, databases, runLedger: aLedger(scope), ...props });
  });

const stack = build();

describe("the workgroup", () => {
  test("enforces its settings: engine 3, encrypted results, a limit on every query", () => {
    expect(stack.find("aws_athena_workgroup", "name", "commerce-lake-test")).toMatchObject({
      name: "commerce-lake-test",
      force_destroy: false,
      configuration: {
        enforce_workgroup_configuration: true,
        publish_cloudwatch_metrics_enabled: true,
        bytes_scanned_cutoff_per_query: DEFAULTS.bytesScannedCutoff,
        engine_version: { selected_engine_version: "Athena engine version 3" },
        result_configuration: {
          output_location: expect.stringMatching(/\/athena-results\/$/),
          encryption_configuration: { encryption_option: "SSE_S3" },
        },
      },
    });
  });

  test("encrypts results as the lake is encrypted, whose bucket refuses anything else", () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/k";
    const encrypted = synthesize((scope) => {
      const lake = new Lake(scope, "Lake", { bucketName: NAMES.bucket, accessLogs: false, kmsKeyArn });
      new Workgroup(scope, "Workgroup", { name: NAMES.workgroup, results: lake.zones["athena-results"] });
    });
    const { result_configuration: results } = asObject(
      encrypted.find("aws_athena_workgroup", "name", "commerce-lake-test").configuration,
    );
    expect(asObject(results).encryption_configuration).toEqual({
      encryption_option: "SSE_KMS",
      kms_key_arn: kmsKeyArn,
    });
  });

  test("takes other limits", () => {
    const other = build({ bytesScannedCutoff: 10_000_000, destroyData: true }, true).find(
      "aws_athena_workgroup",
      "name",
      "commerce-lake-test",
    );
    expect(() => build({ destroyData: true })).toThrow(/the environment gives leave/);
    expect(other.force_destroy).toBe(true);
    expect(asObject(other.configuration).bytes_scanned_cutoff_per_query).toBe(10_000_000);
  });

  test.each([9_999_999, 0, 10_000_000.5])("refuses a limit of %p bytes", (bytesScannedCutoff) => {
    expect(() => build({ bytesScannedCutoff })).toThrow(
      /^test\/Query\/Workgroup: bytesScannedCutoff is a whole number of bytes, at least 10000000; received/,
    );
  });

  test("lets those who may query run queries here and read their results", () => {
    const granted = synthesize((scope) => {
      const results = aLake(scope).zones["athena-results"];
      new Workgroup(scope, "Workgroup", { name: "a-group", results }).grantQuery(aRole(scope));
    });
    const all = statements(granted.only("aws_iam_role_policy").policy);
    expect(all.map(({ sid }) => sid)).toEqual([
      "QueryWorkgroup",
      "LocateCatalog",
      "LocateResults",
      "ReadAthenaResults",
      "ListAthenaResults",
      "WriteAthenaResults",
    ]);
    expect(all[0]?.resources).toEqual([`\${${granted.only("aws_athena_workgroup").address}.arn}`]);
  });
});

describe("the named queries", () => {
  const names = readdirSync(inProject("queries"))
    .filter((file) => file.endsWith(".sql"))
    .map((file) => file.replace(/\.sql$/, ""));

  test("are all there, on curated, in the workgroup", () => {
    const queries = stack.every("aws_athena_named_query");
    expect(queries.map(({ name }) => name).sort()).toEqual(names.sort());
    const database = stack.find("aws_glue_catalog_database", "name", "curated_test").address;
    for (const query of queries) {
      expect(query.database).toBe(`\${${database}.name}`);
      expect(query.workgroup).toBe(
        `\${${stack.find("aws_athena_workgroup", "name", "commerce-lake-test").address}.name}`,
      );
      expect(query.description).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("are those of the design at least", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "daily_kpis",
        "top_products_by_category",
        "conversion_funnel",
        "customer_lifetime_value",
        "customer_segments",
        "revenue_trend",
        "review_summary",
        "inventory_at_risk",
        "pipeline_history",
        "pipeline_run_history",
        "data_quality_history",
      ]),
    );
  });

  test.each(namedQueries().map(({ name, sql }) => [name, sql]))(
    "%s says its parameters and partitions",
    (_name, sql) => {
      const [, parameters, partitions] = sql.split("\n");
      expect(parameters).toMatch(/^-- Parameters: (none\.|1 )/);
      expect(partitions).toMatch(/^-- Partitions: /);
      // As many as the header counts.
      const placeholders = sql.replaceAll(/^ *--.*$/gm, "").split("?").length - 1;
      const counted = Math.max(
        0,
        ...[...(parameters ?? "").matchAll(/[ ,;](\d) /g)].map(([, number]) => Number(number)),
      );
      expect(placeholders).toBe(counted);
    },
  );

  test("without a header, or longer than Athena takes, are refused", () => {
    const folder = mkdtempSync(join(tmpdir(), "commerce-lake-queries-"));
    try {
      writeFileSync(join(folder, "q.sql"), "SELECT 1\n");
      expect(() => namedQueries(folder)).toThrow(/^queries\/q.sql: a query begins with a comment.*received "SELECT 1"/);
      writeFileSync(join(folder, "q.sql"), `-- Too long.\nSELECT '${"x".repeat(262_144)}'\n`);
      expect(() => namedQueries(folder)).toThrow(/the sql of a named query has at most 262144 characters/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the tables of what runs leave behind", () => {
  const table = stack.find("aws_glue_catalog_table", "name", "data_quality_checks");

  test("have the columns of their contract, and a partition a batch date that is not in the catalog", () => {
    expect(table.database_name).toBe(
      `\${${stack.find("aws_glue_catalog_database", "name", "curated_test").address}.name}`,
    );
    const storage = asObject(table.storage_descriptor);
    expect(storage.columns).toEqual(
      historyColumns("data_quality_checks").map(({ name, type, comment }) => ({ name, type, comment })),
    );
    expect(storage.location).toMatch(/\/curated\/data_quality_checks\/$/);
    expect(table.partition_keys).toMatchObject([{ name: "batch_date", type: "string" }]);
    expect(table.parameters).toMatchObject({
      "projection.enabled": "true",
      "projection.batch_date.type": "date",
      "projection.batch_date.format": "yyyy-MM-dd",
      "projection.batch_date.range": "2020-01-01,NOW+1DAYS",
    });
  });

  test("lie where runs put their rows", () => {
    const key = historyKey("data_quality_checks", { run: "r", date: "2025-01-15" });
    expect(key).toBe("curated/data_quality_checks/batch_date=2025-01-15/r.json");
    const rights = rightsOf(stack, "data-quality").find(({ sid }) => sid === "WriteCuratedDataQualityChecks");
    expect(rights?.resources).toEqual([expect.stringMatching(/\/curated\/data_quality_checks\/\*$/)]);
  });
});

describe("the functions", () => {
  const settings = (name: string) =>
    Object.keys(
      asObject(asObject(stack.find("aws_lambda_function", "function_name", name).environment).variables),
    ).sort();

  test("know what they need", () => {
    expect(settings("commerce-lake-data-quality-test")).toEqual([
      "ATHENA_WORKGROUP",
      "LAKE_BUCKET",
      "LAKE_ENV",
      "PROCESSED_DATABASE",
      "RAW_DATABASE",
      "RUN_LEDGER_TABLE",
    ]);
    expect(settings("commerce-lake-refresh-tables-test")).toEqual([
      "ATHENA_WORKGROUP",
      "CURATED_DATABASE",
      "LAKE_BUCKET",
      "LAKE_ENV",
      "PROCESSED_DATABASE",
    ]);
  });

  test("checks change no table and no row", () => {
    const rights = rightsOf(stack, "data-quality");
    const written = rights.filter(({ actions }) => actions.includes("s3:PutObject")).map(({ sid }) => sid);
    expect(written).toEqual(["WriteAthenaResults", "WriteRunsQuality", "WriteCuratedDataQualityChecks"]);
    const actions = rights.flatMap((one) => one.actions);
    expect(
      actions.filter((action) => /^glue:(Create|Update|Delete)|^s3:Delete|^dynamodb:(Put|Update)/.test(action)),
    ).toEqual([]);
  });

  test("a refresh keeps tables, drops views of curated alone, and never touches raw", () => {
    const rights = rightsOf(stack, "refresh-tables");
    expect(rights.filter(({ actions }) => actions.includes("glue:DeleteTable")).map(({ sid }) => sid)).toEqual([
      "DropCatalogCurated",
    ]);
    expect(rights.flatMap(({ resources }) => resources).filter((place) => /\/raw\/|_Raw_/.test(place))).toEqual([]);
  });
});

describe("the workgroup of analysts", () => {
  test("has the same limits, and results that it shares with nobody's", () => {
    const [own, shared] = ["commerce-lake-analysts-test", "commerce-lake-test"].map((name) =>
      asObject(stack.find("aws_athena_workgroup", "name", name).configuration),
    );
    expect({ ...own, result_configuration: null }).toEqual({ ...shared, result_configuration: null });
    expect(asObject(own?.result_configuration).output_location).toMatch(/\/athena-results\/analysts\/$/);
  });

  test("lets a role read the results below its path alone, and the queries that are saved elsewhere", () => {
    const granted = synthesize((scope) => {
      const lake = aLake(scope);
      const results = lake.zones["athena-results"];
      const role = aRole(scope);
      new Workgroup(scope, "Own", { name: "own", results, resultsPath: "own/" }).grantQuery(role);
      new Workgroup(scope, "Other", { name: "other", results }).grantSavedQueries(role);
    });
    const rights = statements(granted.only("aws_iam_role_policy").policy);
    const objects = rights.flatMap(({ resources }) => resources).filter((place) => place.includes("athena-results"));
    expect(objects.length).toBeGreaterThan(0);
    for (const place of objects) expect(place).toMatch(/\/athena-results\/own\/\*$/);
    expect(rights.find(({ sid }) => sid === "ReadQueriesOfOther")?.actions).toEqual([
      "athena:BatchGetNamedQuery",
      "athena:GetNamedQuery",
      "athena:ListNamedQueries",
    ]);
  });

  test.each(["analysts", "/", "Analysts/", "../"])("a path of results is no %p", (resultsPath) => {
    expect(() =>
      synthesize((scope) => {
        new Workgroup(scope, "Own", { name: "own", results: aLake(scope).zones["athena-results"], resultsPath });
      }),
    ).toThrow(/a path of results is folders/);
  });
});
