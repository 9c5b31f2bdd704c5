import { GlueCatalogTable } from "@cdktf/provider-aws/lib/glue-catalog-table";
import { Construct } from "constructs";
import { type HistoryTable as HistoryTableName, history, historyColumns } from "../../contracts";
import type { Database } from "../catalog";
import type { Grantee } from "../lib/service-role";

export interface HistoryTableProps {
  readonly table: HistoryTableName;
  /** Where the table is found; its files lie in the database's zone. */
  readonly database: Database;
}

const PARTITION = "batch_date";

/** The first batch date that a query looks for: no lake is older. */
const FIRST_DATE = "2020-01-01";

/**
 * A table of what runs leave behind, a file of JSON lines a run. Its partitions are not in the catalog: Athena makes them up from the
 * batch dates that a query asks for (`<table>/batch_date=YYYY-MM-DD/`), so that a run adds its rows by putting an object.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
 */
export class HistoryTable extends Construct {
  private readonly table: HistoryTableName;
  private readonly database: Database;

  constructor(scope: Construct, id: string, { table, database }: HistoryTableProps) {
    super(scope, id);
    const { zone } = database;
    this.table = table;
    this.database = database;
    new GlueCatalogTable(this, "Table", {
      name: table,
      databaseName: database.databaseName,
      description: history[table].description,
      tableType: "EXTERNAL_TABLE",
      parameters: {
        EXTERNAL: "TRUE",
        classification: "json",
        "projection.enabled": "true",
        [`projection.${PARTITION}.type`]: "date",
        [`projection.${PARTITION}.format`]: "yyyy-MM-dd",
        [`projection.${PARTITION}.range`]: `${FIRST_DATE},NOW+1DAYS`,
      },
      partitionKeys: [{ name: PARTITION, type: "string", comment: "Batch date of the run, as YYYY-MM-DD." }],
      storageDescriptor: {
        location: zone.uri(`${table}/`),
        inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
        outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        columns: historyColumns(table).map(({ name, type, comment }) => ({ name, type, comment })),
        serDeInfo: { serializationLibrary: "org.openx.data.jsonserde.JsonSerDe" },
      },
    });
  }

  /** May add what a run leaves behind. */
  grantAppend(role: Grantee): void {
    this.database.zone.grantWrite(role, `${this.table}/*`);
  }
}
