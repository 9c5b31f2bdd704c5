import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table";
import { Construct } from "constructs";
import { checkedName } from "./naming";
import type { Grantee } from "./service-role";
import { dataTags } from "./tags";

/** A second way to find items: another pair of keys. */
export interface LedgerIndex {
  readonly name: string;
  readonly hashKey: string;
  readonly rangeKey: string;
}

export interface LedgerTableProps {
  /** Physical name. */
  readonly name: string;
  /** Indexes, each with all attributes of the items; their keys are strings. */
  readonly indexes: readonly LedgerIndex[];
  /** Whether the table refuses to be deleted. @default true */
  readonly protected?: boolean;
}

export const LEDGER_DEFAULTS = Object.freeze({ protected: true });

/**
 * A DynamoDB table with the keys `pk` and `sk`, paid by use, encrypted, restorable to any second of the last 35 days.
 *
 * @example
 * const ledger = new LedgerTable(this, "FileLedger", { name: names.fileLedger, indexes: [] });
 * ledger.grantReadWrite(role);
 */
export class LedgerTable extends Construct {
  readonly tableName: string;
  readonly tableArn: string;

  constructor(scope: Construct, id: string, props: LedgerTableProps) {
    super(scope, id);
    const keys = new Set(["pk", "sk", ...props.indexes.flatMap(({ hashKey, rangeKey }) => [hashKey, rangeKey])]);
    const table = new DynamodbTable(this, "Table", {
      name: checkedName("table", props.name),
      billingMode: "PAY_PER_REQUEST",
      hashKey: "pk",
      rangeKey: "sk",
      attribute: [...keys].map((name) => ({ name, type: "S" })),
      globalSecondaryIndex: props.indexes.map((index) => ({ ...index, projectionType: "ALL" })),
      serverSideEncryption: { enabled: true },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: props.protected ?? LEDGER_DEFAULTS.protected,
      tags: dataTags({ classification: "internal", source: "all" }),
    });
    this.tableName = table.name;
    this.tableArn = table.arn;
  }

  /** May get and query items. */
  grantRead(role: Grantee): void {
    role.allow({
      sid: `Read${this.node.id}`,
      actions: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
      resources: [this.tableArn, `${this.tableArn}/index/*`],
    });
  }

  /** May get, query, put, update and check items, in transactions too. Nobody deletes: a ledger remembers. */
  grantReadWrite(role: Grantee): void {
    this.grantRead(role);
    role.allow({
      sid: `Write${this.node.id}`,
      actions: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"],
      resources: [this.tableArn],
    });
  }

  /**
   * May take, renew and give back one lock, and touch no other item.
   *
   * @param lock its `pk`, such as `LOCK#MERGE`.
   */
  grantLock(role: Grantee, lock: string): void {
    role.allow({
      sid: `Lock${this.node.id}`,
      actions: ["dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [this.tableArn],
      conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": [lock] } },
    });
  }
}
