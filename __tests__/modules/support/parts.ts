import type { Construct } from "constructs";
import { Catalog } from "../../../modules/catalog";
import { Lake } from "../../../modules/lake";
import { LedgerTable } from "../../../modules/lib/ledger-table";
import type { AlarmLimits } from "../../../modules/lib/measures";
import { names } from "../../../modules/lib/naming";
import { ServiceRole } from "../../../modules/lib/service-role";

/** An environment of tests. */
export const NAMES = names({ name: "test", account: "123456789012" });

/** What tests find worth an alarm. */
export const LIMITS: AlarmLimits = {
  lateAfterHours: 27,
  slowFactor: 2,
  dataAgeHours: { warning: 6, page: 24 },
  quarantinePercent: { warning: 2, page: 10 },
  rejectedFiles: 0,
  functionErrorPercent: { warning: 5, page: 10 },
  jobMinutes: { warning: 30, page: 60 },
  queryPercent: 80,
  dailySpendUsd: 25,
};

/** What tests may cost. */
export const BUDGET = { monthlyUsd: 500, anomalyUsd: 50 };

/** A lake of one bucket. */
export const aLake = (scope: Construct) => new Lake(scope, "Lake", { bucketName: NAMES.bucket, accessLogs: false });

export function aCatalog(scope: Construct, lake: Lake) {
  return new Catalog(scope, "Catalog", { names: NAMES, zones: lake.zones });
}

export const aLedger = (scope: Construct, id = "Ledger") =>
  new LedgerTable(scope, id, { name: "test-ledger", indexes: [] });

/** A role to give grants to. */
export const aRole = (scope: Construct) =>
  new ServiceRole(scope, "Grantee", { name: "grantee", service: "lambda.amazonaws.com", description: "Takes grants" });
