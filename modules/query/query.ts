import { AthenaNamedQuery } from "@cdktf/provider-aws/lib/athena-named-query";
import { Construct } from "constructs";
import { HISTORY_TABLES, type HistoryTable as HistoryTableName } from "../../contracts";
import { lines } from "../lib/expression";
import { LambdaFunction } from "../lib/lambda-function";
import type { AlarmLimits, Measured, Measures } from "../lib/measures";
import { record } from "../lib/record";
import { pascal } from "../lib/words";
import { DEFAULTS } from "./defaults";
import { HistoryTable } from "./history-table";
import { namedQueries } from "./named-queries";
import { qualityMeasures } from "./quality-measures";
import type { QueryProps } from "./query-props";
import { Workgroup } from "./workgroup";

/**
 * Athena on the lake: the workgroup, the named queries, the tables of what runs leave behind, and the two functions that work by queries: the data quality gate and
 * the refresh of tables and views.
 *
 * @example
 * const query = new Query(this, "Query", { names, lake, databases: catalog.databases, runLedger });
 * query.workgroup.grantQuery(role);
 */
export class Query extends Construct implements Measured {
  readonly workgroup: Workgroup;
  /** For analysts: the same limits, results of their own. */
  readonly analysts: Workgroup;
  /** Tables of what runs leave behind. */
  readonly history: Readonly<Record<HistoryTableName, HistoryTable>>;
  readonly dataQuality: LambdaFunction;
  readonly refreshTables: LambdaFunction;
  private readonly environment: string;

  constructor(scope: Construct, id: string, props: QueryProps) {
    super(scope, id);
    const { names, lake, databases } = props;
    this.environment = names.environment;
    const limits = {
      results: lake.zones["athena-results"],
      ...(props.bytesScannedCutoff === undefined ? {} : { bytesScannedCutoff: props.bytesScannedCutoff }),
      ...(props.destroyData === undefined ? {} : { destroyData: props.destroyData }),
    };
    this.workgroup = new Workgroup(this, "Workgroup", { ...limits, name: names.workgroup });
    this.analysts = new Workgroup(this, "AnalystsWorkgroup", {
      ...limits,
      name: names.analystsWorkgroup,
      resultsPath: "analysts/",
    });
    for (const { name, description, sql } of namedQueries()) {
      new AthenaNamedQuery(this, pascal(name), {
        name,
        description,
        workgroup: this.workgroup.workgroupName,
        database: databases.curated.databaseName,
        query: lines(sql),
      });
    }
    this.history = record(
      HISTORY_TABLES,
      (table) => new HistoryTable(this, pascal(table), { table, database: databases.curated }),
    );
    this.dataQuality = this.dataQualityFunction(props);
    this.refreshTables = this.refreshTablesFunction(props);
  }

  measures(limits: AlarmLimits): Measures {
    return qualityMeasures(this.environment, limits);
  }

  private dataQualityFunction(props: QueryProps): LambdaFunction {
    const { lake, databases, runLedger } = props;
    const { processed, runs } = lake.zones;
    const checks = new LambdaFunction(this, "DataQuality", {
      ...this.common(props),
      functionName: "data-quality",
      description: "Checks what a run has written against the contracts, before it is published",
      environment: {
        LAKE_BUCKET: lake.bucketName,
        RUN_LEDGER_TABLE: runLedger.tableName,
        ATHENA_WORKGROUP: this.workgroup.workgroupName,
        RAW_DATABASE: databases.raw.databaseName,
        PROCESSED_DATABASE: databases.processed.databaseName,
      },
    });
    this.workgroup.grantQuery(checks);
    databases.raw.grantRead(checks); // which columns the crawlers have seen
    databases.processed.grantRead(checks);
    processed.grantRead(checks);
    runs.grantRead(checks);
    runs.grantWrite(checks, "*/quality.*");
    this.history.data_quality_checks.grantAppend(checks);
    runLedger.grantRead(checks); // earlier runs say how much a date usually holds
    return checks;
  }

  private refreshTablesFunction(props: QueryProps): LambdaFunction {
    const { lake, databases } = props;
    const refresh = new LambdaFunction(this, "RefreshTables", {
      ...this.common(props),
      functionName: "refresh-tables",
      description: "Makes the views, checks tables against the contracts, compacts them and expires snapshots when due",
      environment: {
        LAKE_BUCKET: lake.bucketName,
        ATHENA_WORKGROUP: this.workgroup.workgroupName,
        PROCESSED_DATABASE: databases.processed.databaseName,
        CURATED_DATABASE: databases.curated.databaseName,
      },
    });
    this.workgroup.grantQuery(refresh);
    for (const zone of ["processed", "curated"] as const) {
      databases[zone].grantReadWrite(refresh);
      lake.zones[zone].grantReadWrite(refresh); // OPTIMIZE writes files, VACUUM deletes them
    }
    databases.curated.grantDrop(refresh); // CREATE OR REPLACE VIEW
    return refresh;
  }

  private common({ names, lake, functions = {} }: QueryProps) {
    return { ...functions, names, store: lake.artifacts, timeoutSeconds: DEFAULTS.functionTimeoutSeconds };
  }
}
