import { GlueCrawler } from "@cdktf/provider-aws/lib/glue-crawler";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { DATASETS, type Dataset } from "../../contracts";
import type { LakeZone } from "../lake";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import { DATABASE_ZONES, type DatabaseZone } from "../lib/naming";
import { record } from "../lib/record";
import { type Grantee, ServiceRole } from "../lib/service-role";
import { dataTags } from "../lib/tags";
import { pascal } from "../lib/words";
import type { CatalogProps } from "./catalog-props";
import { Database } from "./database";
import { DEFAULTS } from "./defaults";
import type { LakeFormation, Selection } from "./lake-formation";
import type { ReaderRole } from "./reader-role";

// Depth of a dataset's folder, the bucket being 1: s3://bucket/raw/transactions/
const TABLE_LEVEL = 3;

/** A crawler of one dataset's raw files, as the state machine sees it. */
export interface Crawler {
  readonly name: string;
  readonly arn: string;
  /** May start the crawler and look at its state. */
  grantRun(role: Grantee): void;
}

/**
 * The catalog: a database a zone, and a crawler a dataset that turns raw files into tables and partitions.
 *
 * @example
 * const catalog = new Catalog(this, "Catalog", { names, zones: lake.zones });
 * catalog.databases.curated.grantRead(role);
 */
export class Catalog extends Construct {
  readonly databases: Readonly<Record<DatabaseZone, Database>>;
  readonly crawlers: Readonly<Record<Dataset, Crawler>>;

  private readonly zones: Readonly<Record<DatabaseZone, LakeZone>>;
  private readonly lakeFormation: LakeFormation | undefined;

  /** @throws ConfigurationError on a schedule that Glue does not read. */
  constructor(scope: Construct, id: string, props: CatalogProps) {
    super(scope, id);
    const { names, zones, crawlerSchedule } = props;
    if (crawlerSchedule !== undefined && !/^cron\((\S+ ){5}\S+\)$/.test(crawlerSchedule)) {
      throw new ConfigurationError(this, {
        rule: "a crawler starts by a cron expression of six fields",
        received: crawlerSchedule,
        remedy: 'write it like "cron(0 2 * * ? *)", or leave it out to start crawlers on demand',
      });
    }
    this.zones = zones;
    this.lakeFormation = props.lakeFormation;
    this.databases = record(
      DATABASE_ZONES,
      (zone) => new Database(this, pascal(zone), { name: names.database(zone), zone: zones[zone] }),
    );

    const { raw } = this.databases;
    const role = new ServiceRole(this, "CrawlerRole", {
      name: names.role("crawlers"),
      service: "glue.amazonaws.com",
      description: "What the crawlers of raw files may do",
    });
    zones.raw.grantRead(role);
    raw.grantCrawl(role, DATASETS);
    role.allow({
      sid: "WriteLogs",
      actions: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
      // Glue's own group for all crawlers of the account.
      resources: [
        aws(this).arn("logs", "log-group:/aws-glue/crawlers:*"),
        aws(this).arn("logs", "log-group:/aws-glue/crawlers"),
      ],
    });

    this.crawlers = record(DATASETS, (dataset) => {
      const crawler = new GlueCrawler(this, `${pascal(dataset)}Crawler`, {
        name: names.crawler(dataset),
        description: `Finds the columns and dates of raw ${dataset}`,
        role: role.arn,
        databaseName: raw.databaseName,
        s3Target: [{ path: zones.raw.uri(`${dataset}/`) }],
        ...(crawlerSchedule === undefined ? {} : { schedule: crawlerSchedule }),
        schemaChangePolicy: {
          updateBehavior: props.onChange ?? DEFAULTS.onChange,
          deleteBehavior: props.onDelete ?? DEFAULTS.onDelete,
        },
        recrawlPolicy: { recrawlBehavior: "CRAWL_EVERYTHING" },
        configuration: Fn.jsonencode({
          Version: 1,
          // One table a dataset, whatever its files look like.
          Grouping: { TableGroupingPolicy: "CombineCompatibleSchemas", TableLevelConfiguration: TABLE_LEVEL },
          CrawlerOutput: {
            Partitions: { AddOrUpdateBehavior: "InheritFromTable" },
            Tables: { AddOrUpdateBehavior: "MergeNewColumns" },
          },
        }),
        tags: dataTags({ classification: zones.raw.settings.classification, source: dataset }),
      });
      return runnable(crawler, dataset);
    });
  }

  /**
   * Lets people read tables with their data: by IAM, or, where Lake Formation governs, by what it is told here.
   *
   * @param selection all tables of the zone, some, or some columns of one, which Lake Formation alone can tell apart.
   * @throws ConfigurationError where columns are granted without Lake Formation.
   *
   * @example
   * catalog.grantRead(analysts, "curated");
   * catalog.grantRead(analysts, "curated", { tables: ["transactions", "products"] });
   * catalog.grantRead(analysts, "curated", { table: "customers", columns: ["customer_id", "segment"] });
   */
  grantRead(reader: ReaderRole, zone: DatabaseZone, selection: Selection = "everything"): void {
    const database = this.databases[zone];
    const tables = tablesOf(selection);
    if (typeof selection === "object" && "columns" in selection && this.lakeFormation === undefined) {
      throw new ConfigurationError(this, {
        rule: "columns are Lake Formation's to grant: IAM and S3 know tables and files",
        received: selection,
        remedy: "give the catalog a LakeFormation, or grant the table",
      });
    }
    // One grant names all tables of the zone: a second one would say something else under the same sid.
    database.grantRead(reader, tables);
    if (this.lakeFormation !== undefined) this.lakeFormation.grantRead(reader, zone, database, selection);
    else for (const table of tables) this.zones[zone].grantRead(reader, table === "*" ? "*" : `${table}/*`);
  }
}

/** The table of a selection; `*` for all. */
const tablesOf = (selection: Selection): readonly string[] => {
  if (selection === "everything") return ["*"];
  return "tables" in selection ? selection.tables : [selection.table];
};

function runnable({ name, arn }: GlueCrawler, dataset: Dataset): Crawler {
  return {
    name,
    arn,
    grantRun: (role) =>
      role.allow({
        sid: `Run${pascal(dataset)}Crawler`,
        actions: ["glue:StartCrawler", "glue:GetCrawler"],
        resources: [arn],
      }),
  };
}
