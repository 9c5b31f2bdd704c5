import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULTS as bootstrap } from "../../modules/bootstrap";
import { CATALOG_POLICY_DEFAULTS, DEFAULTS as catalog, READER_DEFAULTS } from "../../modules/catalog";
import { DEFAULTS as etl } from "../../modules/etl";
import { DEFAULTS as ingestion } from "../../modules/ingestion";
import { DEFAULTS as lake } from "../../modules/lake";
import { FUNCTION_DEFAULTS } from "../../modules/lib/lambda-function";
import { LEDGER_DEFAULTS } from "../../modules/lib/ledger-table";
import { MEASURE_DEFAULTS } from "../../modules/lib/measures";
import { inProject } from "../../modules/lib/project";
import { DEFAULTS as monitoring } from "../../modules/monitoring";
import { DEFAULTS as query } from "../../modules/query";
import {
  BOUNDARY_DEFAULTS,
  CODE_SIGNING_DEFAULTS,
  KEY_DEFAULTS,
  NETWORK_DEFAULTS,
  DEFAULTS as security,
  TRAIL_DEFAULTS,
} from "../../modules/security";

/** Where props say their defaults, and what their defaults are. */
const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "bootstrap/state-bucket.ts": bootstrap,
  "catalog/catalog-policy.ts": CATALOG_POLICY_DEFAULTS,
  "catalog/catalog-props.ts": catalog,
  "catalog/reader-role.ts": READER_DEFAULTS,
  "etl/etl-props.ts": etl,
  "ingestion/ingestion-props.ts": { ...ingestion, ...LEDGER_DEFAULTS },
  "ingestion/upload-trigger-props.ts": ingestion,
  "lake/lake-props.ts": lake,
  "lib/encryption-key.ts": KEY_DEFAULTS,
  "lib/lambda-function.ts": FUNCTION_DEFAULTS,
  "lib/ledger-table.ts": LEDGER_DEFAULTS,
  "lib/measures.ts": MEASURE_DEFAULTS,
  "monitoring/monitoring.ts": monitoring,
  "monitoring/topic.ts": { subscriptions: [] },
  "query/query-props.ts": query,
  "query/workgroup.ts": query,
  "security/code-signing.ts": CODE_SIGNING_DEFAULTS,
  "security/network-props.ts": NETWORK_DEFAULTS,
  "security/permission-boundary.ts": BOUNDARY_DEFAULTS,
  "security/pii-key.ts": { ...security },
  "security/trail.ts": TRAIL_DEFAULTS,
};

/** Every documented default of a file: the property, and what its comment says. */
function documented(file: string): [name: string, value: string][] {
  const text = readFileSync(inProject("modules", file), "utf8");
  return [...text.matchAll(/@default ([^\n]+?)\s*(?:\n\s*)?\*\/\s+readonly (\w+)\?/g)].map(([, value, name]) => [
    name ?? "",
    value ?? "",
  ]);
}

test.each(Object.entries(DOCUMENTED))("what %s says of its defaults is what they are", (file, defaults) => {
  const all = documented(file);
  expect(all.length).toBeGreaterThan(0);
  for (const [name, value] of all) {
    if (value === "`DEFAULTS.zones`") continue;
    expect([name, JSON.parse(value.replaceAll(/(?<=\d)_(?=\d)/g, ""))]).toEqual([name, defaults[name]]);
  }
});

test("no other file of these modules says defaults that nothing compares", () => {
  const files = readdirSync(inProject("modules"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("orchestration"))
    .filter((file) => readFileSync(join(inProject("modules"), file), "utf8").includes("@default "));
  expect(files.sort()).toEqual(Object.keys(DOCUMENTED).sort());
});

test("defaults are nobody's to change", () => {
  for (const defaults of [
    bootstrap,
    catalog,
    CATALOG_POLICY_DEFAULTS,
    READER_DEFAULTS,
    etl,
    ingestion,
    lake,
    monitoring,
    query,
    security,
    CODE_SIGNING_DEFAULTS,
    KEY_DEFAULTS,
    NETWORK_DEFAULTS,
    BOUNDARY_DEFAULTS,
    TRAIL_DEFAULTS,
    FUNCTION_DEFAULTS,
    LEDGER_DEFAULTS,
    MEASURE_DEFAULTS,
  ]) {
    expect(Object.isFrozen(defaults)).toBe(true);
  }
});
