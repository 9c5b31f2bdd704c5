import { DATASETS } from "../../../contracts";
import type { Catalog } from "../../../modules/catalog";
import { aCatalog, aLake, aRole } from "../support/parts";
import { asList, asObject, decoded, statements, synthesize } from "../support/synthesis";

const build = (use: (catalog: Catalog, role: () => ReturnType<typeof aRole>) => void = () => {}) =>
  synthesize((stack) => use(aCatalog(stack, aLake(stack)), () => aRole(stack)));

const catalogArn = (resource: string) =>
  `arn:\${data.aws_partition.Partition.partition}:glue:\${data.aws_region.Region.id}:\${data.aws_caller_identity.Account.account_id}:${resource}`;

test("a database a zone, on the zone's folder", () => {
  const databases = build().every("aws_glue_catalog_database");
  const bucket = `\${${build().only("aws_s3_bucket").address}.bucket}`;
  expect(databases.map(({ name, location_uri }) => [name, location_uri])).toEqual([
    ["curated_test", `s3://${bucket}/curated`],
    ["processed_test", `s3://${bucket}/processed`],
    ["raw_test", `s3://${bucket}/raw`],
  ]);
});

test.each(DATASETS)("the crawler of %s sees its files alone and makes one table of them", (dataset) => {
  const crawler = build().find("aws_glue_crawler", "name", `raw-${dataset}-test`);
  const bucket = `\${${build().only("aws_s3_bucket").address}.bucket}`;
  expect(crawler).toMatchObject({
    s3_target: [{ path: `s3://${bucket}/raw/${dataset}/` }],
    schema_change_policy: { update_behavior: "UPDATE_IN_DATABASE", delete_behavior: "LOG" },
    recrawl_policy: { recrawl_behavior: "CRAWL_EVERYTHING" },
    tags: { DataSource: dataset, DataClassification: "restricted" },
  });
  expect(crawler.schedule).toBeUndefined();
  expect(decoded(crawler.configuration)).toEqual({
    Version: 1,
    Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas", TableLevelConfiguration: 3 },
    CrawlerOutput: {
      Partitions: { AddOrUpdateBehavior: "InheritFromTable" },
      Tables: { AddOrUpdateBehavior: "MergeNewColumns" },
    },
  });
});

test("crawlers read raw files and write the raw tables of the datasets, and no other", () => {
  const all = statements(build().only("aws_iam_role_policy").policy);
  const crawl = all.find(({ sid }) => sid === "CrawlCatalogRaw");
  const tables = crawl?.resources.filter((arn) => arn.includes(":table/"));
  expect(tables).toHaveLength(DATASETS.length);
  for (const dataset of DATASETS) expect(tables).toContainEqual(expect.stringMatching(`/${dataset}$`));
  expect(all.flatMap(({ actions }) => actions).filter((action) => /Delete|PutObject/.test(action))).toEqual([]);
});

describe("grants", () => {
  const granted = (grant: (catalog: Catalog, role: ReturnType<typeof aRole>) => void) => {
    const stack = build((catalog, role) => grant(catalog, role()));
    const policy = stack.every("aws_iam_role_policy").find(({ address }) => address.includes("Grantee"));
    return statements(policy?.policy);
  };

  test("reading one table names that table", () => {
    const database = build().find("aws_glue_catalog_database", "name", "curated_test").address;
    expect(granted(({ databases }, role) => databases.curated.grantRead(role, ["sessions"]))).toMatchObject([
      {
        sid: "ReadCatalogCurated",
        resources: [catalogArn("catalog"), `\${${database}.arn}`, catalogArn(`table/\${${database}.name}/sessions`)],
      },
    ]);
  });

  test("who reads changes nothing; who writes drops nothing; who drops has been told so", () => {
    const actions = (grant: Parameters<typeof granted>[0]) => granted(grant).flatMap((one) => one.actions);
    const reading = actions(({ databases }, role) => databases.raw.grantRead(role));
    const writing = actions(({ databases }, role) => databases.raw.grantReadWrite(role));
    const dropping = actions(({ databases }, role) => databases.raw.grantDrop(role));
    expect(reading.every((action) => action.startsWith("glue:Get"))).toBe(true);
    expect(writing).toEqual([...reading, "glue:CreateTable", "glue:UpdateTable"]);
    expect(dropping).toEqual(["glue:DeleteTable"]);
  });

  test("running a crawler is starting and watching that crawler", () => {
    const { address } = build().find("aws_glue_crawler", "name", "raw-reviews-test");
    expect(granted(({ crawlers }, role) => crawlers.reviews.grantRun(role))).toMatchObject([
      {
        sid: "RunReviewsCrawler",
        actions: ["glue:StartCrawler", "glue:GetCrawler"],
        resources: [`\${${address}.arn}`],
      },
    ]);
  });
});

test("everything in the catalog says how sensitive it is", () => {
  const stack = build();
  for (const resource of [...stack.every("aws_glue_catalog_database"), ...stack.every("aws_glue_crawler")]) {
    expect(asObject(resource.tags).DataClassification).toMatch(/^(restricted|confidential)$/);
  }
  expect(asList(stack.every("aws_glue_crawler"))).toHaveLength(DATASETS.length);
});
