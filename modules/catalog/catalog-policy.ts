import { GlueResourcePolicy } from "@cdktf/provider-aws/lib/glue-resource-policy";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import { aws } from "../lib/aws";
import { ConfigurationError } from "../lib/errors";
import { DATABASE_ZONES, type DatabaseZone } from "../lib/naming";
import { type Database, READ } from "./database";

export interface CatalogPolicyProps {
  readonly databases: Readonly<Record<DatabaseZone, Database>>;
  /** Whether nobody may delete the databases. */
  readonly protected: boolean;
  /** Other accounts that may let their principals read what the catalog says of curated tables. @default [] */
  readonly readers?: readonly string[];
}

export const CATALOG_POLICY_DEFAULTS = Object.freeze({ readers: Object.freeze([]) });

/**
 * What the catalog itself refuses, whatever IAM allows: other accounts, and, where protected, the end of a database. **There is one policy
 * in an account and region, and this replaces it**: one stack may make it.
 */
export class CatalogPolicy extends Construct {
  /** @throws ConfigurationError on an account that is none. */
  constructor(scope: Construct, id: string, props: CatalogPolicyProps) {
    super(scope, id);
    const { databases, readers = CATALOG_POLICY_DEFAULTS.readers } = props;
    const wrong = readers.find((reader) => !/^\d{12}$/.test(reader));
    if (wrong !== undefined) {
      throw new ConfigurationError(this, {
        rule: "a reader is an AWS account, 12 digits",
        received: wrong,
        remedy: "give the account's id",
      });
    }
    const place = aws(this);
    const catalog = place.arn("glue", "catalog");
    const tablesOf = ({ databaseArn, databaseName }: Database) => [
      databaseArn,
      place.arn("glue", `table/${databaseName}/*`),
    ];
    const all = DATABASE_ZONES.map((zone) => databases[zone]);
    new GlueResourcePolicy(this, "Policy", {
      policy: Fn.jsonencode({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "NoOtherAccounts",
            Effect: "Deny",
            Principal: "*",
            Action: "glue:*",
            Resource: all.flatMap(tablesOf),
            Condition: {
              StringNotEquals: { "aws:PrincipalAccount": [place.account, ...readers] },
              Bool: { "aws:PrincipalIsAWSService": "false" },
            },
          },
          ...(props.protected
            ? [
                {
                  Sid: "KeepDatabases",
                  Effect: "Deny",
                  Principal: "*",
                  Action: "glue:DeleteDatabase",
                  Resource: [catalog, ...all.map(({ databaseArn }) => databaseArn)],
                },
              ]
            : []),
          ...(readers.length === 0
            ? []
            : [
                {
                  Sid: "OtherAccountsReadCurated",
                  Effect: "Allow",
                  Principal: { AWS: readers.map((reader) => `arn:${place.partition}:iam::${reader}:root`) },
                  Action: READ,
                  Resource: [catalog, ...tablesOf(databases.curated)],
                },
              ]),
        ],
      }),
    });
  }
}
