import type { Construct } from "constructs";
import { Catalog } from "../../../modules/catalog";
import { Lake } from "../../../modules/lake";
import { LedgerTable } from "../../../modules/lib/ledger-table";
import { names } from "../../../modules/lib/naming";
import { ServiceRole } from "../../../modules/lib/service-role";

/** An environment of tests. */
export const NAMES = names({ name: "test", account: "123456789012" });

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
