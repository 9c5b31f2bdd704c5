import { LakeformationDataLakeSettings } from "@cdktf/provider-aws/lib/lakeformation-data-lake-settings";
import { LakeformationOptIn } from "@cdktf/provider-aws/lib/lakeformation-opt-in";
import { LakeformationPermissions } from "@cdktf/provider-aws/lib/lakeformation-permissions";
import { LakeformationResource } from "@cdktf/provider-aws/lib/lakeformation-resource";
import { Construct } from "constructs";
import type { LakeZone } from "../lake";
import { ConfigurationError } from "../lib/errors";
import type { DatabaseZone, Names } from "../lib/naming";
import { record } from "../lib/record";
import { ServiceRole } from "../lib/service-role";
import { pascal } from "../lib/words";
import type { Database } from "./database";
import type { ReaderRole } from "./reader-role";

/** What of a database is read: all of it, some tables, or some columns of one table. */
export type Selection =
  | "everything"
  | { readonly tables: readonly [string, ...string[]] }
  | { readonly table: string; readonly columns: readonly [string, ...string[]] };

export interface LakeFormationProps {
  readonly names: Names;
  /** The zones whose tables it governs. */
  readonly zones: Readonly<Record<DatabaseZone, LakeZone>>;
  /**
   * ARNs of the account's Lake Formation administrators. **This setting is the whole account's and replaces what is there**; who applies the
   * stack must be among them.
   */
  readonly administrators: readonly string[];
}

/**
 * Lake Formation, in hybrid mode: readers that are granted here are held to what they were granted, column by column where that is said,
 * and S3 gives them nothing by itself. Functions and jobs go on by IAM.
 *
 * A table or column can be granted once the table is there: grant databases first, and tables after the first run.
 *
 * @see https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-mode.html
 */
export class LakeFormation extends Construct {
  private readonly settings: LakeformationDataLakeSettings;
  private readonly locations: Readonly<Record<DatabaseZone, LakeformationResource>>;

  /** @throws ConfigurationError where nobody administers it. */
  constructor(scope: Construct, id: string, { names, zones, administrators }: LakeFormationProps) {
    super(scope, id);
    if (administrators.length === 0) {
      throw new ConfigurationError(this, {
        rule: "Lake Formation has at least one administrator, the principal that applies this stack among them",
        received: administrators,
        remedy: "name the ARN of the role that deploys",
      });
    }
    const role = new ServiceRole(this, "Role", {
      name: names.role("lake-formation"),
      service: "lakeformation.amazonaws.com",
      description: "Reads tables for those whom Lake Formation lets",
    });
    this.settings = new LakeformationDataLakeSettings(this, "Settings", { admins: [...administrators] });
    this.locations = record(["raw", "processed", "curated"], (zone) => {
      zones[zone].grantRead(role);
      return new LakeformationResource(this, `${pascal(zone)}Location`, {
        arn: `${zones[zone].bucket.bucketArn}/${zones[zone].prefix.replace(/\/$/, "")}`,
        roleArn: role.arn,
        hybridAccessEnabled: true,
        dependsOn: [this.settings],
      });
    });
  }

  /** Lets a reader select what is said of a database, and nothing else of it. */
  grantRead(reader: ReaderRole, zone: DatabaseZone, { databaseName }: Database, selection: Selection): void {
    reader.allow({ sid: "AskLakeFormation", actions: ["lakeformation:GetDataAccess"], resources: ["*"] });
    const location = this.locations[zone];
    const base = `${reader.node.id}${pascal(zone)}`;
    const principal = reader.arn;
    new LakeformationPermissions(this, `${base}Database`, {
      principal,
      permissions: ["DESCRIBE"],
      database: { name: databaseName },
      dependsOn: [location],
    });
    this.optIn(`${base}Database`, principal, { database: [{ name: databaseName }] }, location);
    if (selection === "everything") {
      const table = { databaseName, wildcard: true };
      const permissions = ["SELECT", "DESCRIBE"];
      new LakeformationPermissions(this, `${base}Tables`, { principal, permissions, table, dependsOn: [location] });
      this.optIn(`${base}Tables`, principal, { table: [table] }, location);
    } else if ("tables" in selection) {
      for (const name of selection.tables) {
        const of = `${base}${pascal(name)}`;
        const table = { databaseName, name };
        const permissions = ["SELECT", "DESCRIBE"];
        new LakeformationPermissions(this, of, { principal, permissions, table, dependsOn: [location] });
        this.optIn(of, principal, { table: [table] }, location);
      }
    } else {
      const { table: name, columns } = selection;
      const of = `${base}${pascal(name)}Columns`;
      new LakeformationPermissions(this, of, {
        principal,
        permissions: ["SELECT"],
        tableWithColumns: { databaseName, name, columnNames: [...columns] },
        dependsOn: [location],
      });
      this.optIn(of, principal, { table: [{ databaseName, name }] }, location);
    }
  }

  private optIn(
    of: string,
    principal: string,
    resource:
      | { database: [{ name: string }] }
      | { table: [{ databaseName: string; name?: string; wildcard?: boolean }] },
    location: LakeformationResource,
  ): void {
    new LakeformationOptIn(this, `${of}OptIn`, {
      principal: [{ dataLakePrincipalIdentifier: principal }],
      resourceData: [resource],
      dependsOn: [location],
    });
  }
}
