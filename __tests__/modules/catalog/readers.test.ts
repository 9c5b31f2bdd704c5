import {
  Catalog,
  CatalogEncryption,
  CatalogPolicy,
  type CatalogPolicyProps,
  type CatalogProps,
  LakeFormation,
  READER_DEFAULTS,
  ReaderRole,
} from "../../../modules/catalog";
import { aCatalog, aLake, NAMES } from "../support/parts";
import { rightsOf, statements, synthesize } from "../support/synthesis";

/** A catalog, with Lake Formation where it is asked for, and a reader to grant to. */
const build = (
  use: (catalog: Catalog, reader: ReaderRole) => void,
  { governed = false, ...props }: Partial<CatalogProps> & { governed?: boolean } = {},
) =>
  synthesize((stack) => {
    const { zones } = aLake(stack);
    const administrators = ["arn:aws:iam::123456789012:role/deployer"];
    const lakeFormation = governed
      ? { lakeFormation: new LakeFormation(stack, "LakeFormation", { names: NAMES, zones, administrators }) }
      : {};
    const catalog = new Catalog(stack, "Catalog", { names: NAMES, zones, ...lakeFormation, ...props });
    use(catalog, new ReaderRole(stack, "Analysts", { name: NAMES.role("analysts"), description: "For a test" }));
  });

describe("a role for readers", () => {
  const trustOf = (trusted?: readonly string[]) => {
    const stack = synthesize((scope) => {
      new ReaderRole(scope, "Reader", {
        name: "reader",
        description: "For a test",
        ...(trusted === undefined ? {} : { trusted }),
      }).allow({ sid: "Something", actions: ["s3:GetObject"], resources: ["x"] });
    });
    return statements(stack.only("aws_iam_role").assume_role_policy);
  };

  test("is taken on by whom this account's IAM lets, unless it names them", () => {
    expect(READER_DEFAULTS.trusted).toEqual([]);
    const account = expect.stringContaining("account_id");
    expect(trustOf()).toMatchObject([
      {
        principals: { AWS: [expect.stringMatching(/:root$/)] },
        conditions: { StringEquals: { "aws:PrincipalAccount": account } },
      },
    ]);
    const trusted = ["arn:aws:iam::123456789012:role/Analyst*"];
    expect(trustOf(trusted)[0]?.conditions).toEqual({
      StringEquals: { "aws:PrincipalAccount": account },
      ArnLike: { "aws:PrincipalArn": trusted },
    });
  });

  test.each(["Analyst", "arn:aws:iam::123:role/Analyst", "arn:aws:s3:::a-bucket"])("does not trust %s", (arn) => {
    expect(() => trustOf([arn])).toThrow(
      /test\/Reader: whom a role trusts is said by ARNs of roles or users; received/,
    );
  });
});

describe("by IAM", () => {
  test("a reader of a zone reads its tables and their files, and nothing of another zone", () => {
    const rights = rightsOf(
      build((catalog, reader) => catalog.grantRead(reader, "curated")),
      "analysts",
    );
    const places = rights.flatMap(({ resources }) => resources).join(" ");
    expect(places).toMatch(/\/curated\/\*/);
    expect(places).not.toMatch(/\/(raw|processed|quarantine|runs)\//);
    expect(places).not.toMatch(/Catalog_(Raw|Processed)/);
    for (const { actions } of rights) {
      expect(actions.filter((action) => !/:(Get|List|BatchGet)/.test(action))).toEqual([]);
    }
  });

  test("a reader of tables reads those alone", () => {
    const stack = build((catalog, reader) => catalog.grantRead(reader, "curated", { tables: ["products", "reviews"] }));
    const places = rightsOf(stack, "analysts").flatMap(({ resources }) => resources);
    const afterLast = (pattern: RegExp) => places.flatMap((place) => pattern.exec(place)?.[1] ?? []);
    expect(afterLast(/\/curated\/(.*)$/)).toEqual(["products/*", "reviews/*"]);
    expect(afterLast(/:table\/.*\/([^/]+)$/)).toEqual(["products", "reviews"]);
  });

  test("columns are refused: files know none", () => {
    expect(() =>
      build((catalog, reader) => catalog.grantRead(reader, "curated", { table: "customers", columns: ["segment"] })),
    ).toThrow(
      /test\/Catalog: columns are Lake Formation's to grant.* received .*"columns":\["segment"\].*LakeFormation/,
    );
  });
});

describe("by Lake Formation", () => {
  const granted = (
    ...selection: Parameters<Catalog["grantRead"]> extends [unknown, unknown, ...infer Rest] ? Rest : []
  ) => build((catalog, reader) => catalog.grantRead(reader, "curated", ...selection), { governed: true });

  test("S3 gives readers nothing: Lake Formation does, of what it governs", () => {
    const stack = granted();
    const rights = rightsOf(stack, "analysts");
    expect(rights.flatMap(({ actions }) => actions).filter((action) => action.startsWith("s3:"))).toEqual([]);
    expect(rights.map(({ sid }) => sid)).toContain("AskLakeFormation");
    for (const location of stack.every("aws_lakeformation_resource")) {
      expect(location).toMatchObject({
        hybrid_access_enabled: true,
        arn: expect.stringMatching(/\/(raw|processed|curated)$/),
      });
    }
    expect(stack.only("aws_lakeformation_data_lake_settings").admins).toEqual([
      "arn:aws:iam::123456789012:role/deployer",
    ]);
  });

  test("everything of a database, some tables, or some columns of one", () => {
    const tables = (stack: ReturnType<typeof build>) =>
      stack
        .every("aws_lakeformation_permissions")
        .flatMap(({ table, table_with_columns: columns }) => table ?? columns ?? []);
    expect(tables(granted())).toMatchObject([{ wildcard: true }]);
    expect(tables(granted({ tables: ["products", "reviews"] }))).toMatchObject([
      { name: "products" },
      { name: "reviews" },
    ]);
    expect(tables(granted({ table: "customers", columns: ["customer_id", "segment"] }))).toMatchObject([
      { name: "customers", column_names: ["customer_id", "segment"] },
    ]);
  });

  test("whoever is granted something is held to it: opted in, for the database and each table", () => {
    expect(granted({ tables: ["products", "reviews"] }).every("aws_lakeformation_opt_in")).toHaveLength(3);
  });

  test("somebody administers it", () => {
    expect(() =>
      synthesize((stack) => {
        new LakeFormation(stack, "LakeFormation", { names: NAMES, zones: aLake(stack).zones, administrators: [] });
      }),
    ).toThrow(/at least one administrator.* received \[\]/);
  });
});

describe("crawlers", () => {
  const crawlers = (props: Partial<CatalogProps> = {}) => build(() => {}, props).every("aws_glue_crawler");
  // A role without a grant is no role: these give it one.
  const withReader = (props: Partial<CatalogProps>) =>
    build((catalog, reader) => catalog.grantRead(reader, "curated"), props).every("aws_glue_crawler");

  test("start on demand, or by a schedule", () => {
    expect(withReader({}).every(({ schedule }) => schedule === undefined)).toBe(true);
    for (const { schedule } of withReader({ crawlerSchedule: "cron(0 2 * * ? *)" }))
      expect(schedule).toBe("cron(0 2 * * ? *)");
    expect(() => crawlers({ crawlerSchedule: "rate(1 day)" })).toThrow(/cron expression of six fields; received "rate/);
  });

  test("do with changes what they are told", () => {
    const [crawler] = withReader({ onChange: "LOG", onDelete: "DEPRECATE_IN_DATABASE" });
    expect(crawler?.schema_change_policy).toEqual({ update_behavior: "LOG", delete_behavior: "DEPRECATE_IN_DATABASE" });
  });
});

test("the catalog is encrypted by a role of Glue's, so that readers need no right to the key", () => {
  const stack = synthesize((scope) => {
    new CatalogEncryption(scope, "CatalogEncryption", { names: NAMES });
  });
  const key = `\${${stack.only("aws_kms_key").address}.arn}`;
  expect(stack.only("aws_glue_data_catalog_encryption_settings").data_catalog_encryption_settings).toEqual({
    encryption_at_rest: {
      catalog_encryption_mode: "SSE-KMS-WITH-SERVICE-ROLE",
      catalog_encryption_service_role: `\${${stack.only("aws_iam_role").address}.arn}`,
      sse_aws_kms_key_id: key,
    },
    connection_password_encryption: { aws_kms_key_id: key, return_connection_password_encrypted: true },
  });
  expect(statements(stack.only("aws_iam_role_policy").policy)).toMatchObject([{ resources: [key] }]);
});

describe("the catalog's own policy", () => {
  const policy = (props: Partial<CatalogPolicyProps> = {}) => {
    const stack = synthesize((scope) => {
      const { databases } = aCatalog(scope, aLake(scope));
      new CatalogPolicy(scope, "CatalogPolicy", { databases, protected: false, ...props });
    });
    return statements(stack.only("aws_glue_resource_policy").policy);
  };

  test("refuses other accounts, and the end of databases where they are protected", () => {
    expect(policy().map(({ sid, effect }) => [sid, effect])).toEqual([["NoOtherAccounts", "Deny"]]);
    expect(policy()[0]?.conditions).toMatchObject({ Bool: { "aws:PrincipalIsAWSService": "false" } });
    expect(policy({ protected: true })[1]).toMatchObject({
      sid: "KeepDatabases",
      effect: "Deny",
      actions: ["glue:DeleteDatabase"],
    });
  });

  test("lets accounts that are named read curated, and no further", () => {
    const [deny, allow] = policy({ readers: ["210987654321"] });
    expect(JSON.stringify(deny?.conditions)).toContain('"210987654321"');
    expect(allow).toMatchObject({
      effect: "Allow",
      principals: { AWS: [expect.stringMatching(/::210987654321:root$/)] },
    });
    expect(allow?.actions.every((action) => action.startsWith("glue:Get"))).toBe(true);
    expect(allow?.resources.join(" ")).not.toMatch(/Catalog_(Raw|Processed)/);
    expect(() => policy({ readers: ["somebody"] })).toThrow(
      /a reader is an AWS account, 12 digits; received "somebody"/,
    );
  });
});
