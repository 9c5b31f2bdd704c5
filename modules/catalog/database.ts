import { GlueCatalogDatabase } from "@cdktf/provider-aws/lib/glue-catalog-database";
import { Construct } from "constructs";
import type { LakeZone } from "../lake";
import { aws } from "../lib/aws";
import type { Grantee } from "../lib/service-role";
import { dataTags } from "../lib/tags";

/** What it takes to read what a catalog says of tables. */
export const READ = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions"];
const WRITE = ["glue:CreateTable", "glue:UpdateTable"];
const WRITE_PARTITIONS = [
  "glue:BatchCreatePartition",
  "glue:CreatePartition",
  "glue:UpdatePartition",
  "glue:BatchGetPartition",
];

export interface DatabaseProps {
  readonly name: string;
  /** Where its tables lie. */
  readonly zone: LakeZone;
}

/** A database of the Glue catalog, on one zone of the lake. */
export class Database extends Construct {
  readonly databaseName: string;
  readonly databaseArn: string;
  readonly zone: LakeZone;

  constructor(scope: Construct, id: string, { name, zone }: DatabaseProps) {
    super(scope, id);
    const database = new GlueCatalogDatabase(this, "Database", {
      name,
      description: zone.settings.description,
      // Iceberg and Athena put a table at <location>/<table>: no slash at the end.
      locationUri: zone.uri().replace(/\/$/, ""),
      tags: dataTags({ classification: zone.settings.classification, source: "all" }),
    });
    this.databaseName = database.name;
    this.databaseArn = database.arn;
    this.zone = zone;
  }

  /**
   * May read what the catalog says of tables (not their data: that is the zone's to grant).
   *
   * @param tables names; `*` stands for anything.
   */
  grantRead(role: Grantee, tables: readonly string[] = ["*"]): void {
    this.grant(role, "ReadCatalog", READ, tables);
  }

  /** May also create and change tables. */
  grantReadWrite(role: Grantee, tables: readonly string[] = ["*"]): void {
    this.grant(role, "WriteCatalog", [...READ, ...WRITE], tables);
  }

  /** May also add partitions, as a crawler does. */
  grantCrawl(role: Grantee, tables: readonly string[] = ["*"]): void {
    this.grant(role, "CrawlCatalog", [...READ, ...WRITE, ...WRITE_PARTITIONS], tables);
  }

  /** May drop tables and views. */
  grantDrop(role: Grantee, tables: readonly string[] = ["*"]): void {
    this.grant(role, "DropCatalog", ["glue:DeleteTable"], tables);
  }

  private grant(role: Grantee, verb: string, actions: readonly string[], tables: readonly string[]): void {
    role.allow({
      sid: `${verb}${this.node.id}`,
      actions,
      resources: [
        // Glue asks for the right to the catalog and the database along with that to the table.
        aws(this).arn("glue", "catalog"),
        this.databaseArn,
        ...tables.map((table) => aws(this).arn("glue", `table/${this.databaseName}/${table}`)),
      ],
    });
  }
}
