import { GlueCrawler } from "@cdktf/provider-aws/lib/glue-crawler";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { DATASETS, type Dataset } from "../../contracts";
import { aws } from "../lib/aws";
import { DATABASE_ZONES, type DatabaseZone } from "../lib/naming";
import { record } from "../lib/record";
import { type Grantee, ServiceRole } from "../lib/service-role";
import { dataTags } from "../lib/tags";
import { pascal } from "../lib/words";
import type { CatalogProps } from "./catalog-props";
import { Database } from "./database";
import { DEFAULTS } from "./defaults";

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

  constructor(scope: Construct, id: string, { names, zones }: CatalogProps) {
    super(scope, id);
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
        schemaChangePolicy: { updateBehavior: DEFAULTS.onChange, deleteBehavior: DEFAULTS.onDelete },
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
}

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
