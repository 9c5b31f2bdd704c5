import { readFileSync } from "node:fs";
import path from "node:path";
import { addressesIn, vanishedFrom } from "../../../cli/review/vanished";
import { Synthesis } from "../../../cli/stack/synthesis";
import { ENVIRONMENT_NAMES } from "../../../envs";
import { synthesizeEnvironment } from "../../modules/support/synthesis";

const OLD = "aws_dynamodb_table.Ingestion_FileLedger_Table_1A";
const NEW = "aws_dynamodb_table.Ingestion_Ledger_Table_2B";
const stackOf = (addresses: readonly string[], blocks: object = {}) => {
  const resource: Record<string, Record<string, object>> = {};
  for (const address of addresses) {
    const [type = "", name = ""] = address.split(".");
    resource[type] = { ...resource[type], [name]: {} };
  }
  return new Synthesis({ resource, ...blocks });
};

test("a stateful address that is gone is told, with what it may have been renamed to, the likeliest first", () => {
  const stranger = "aws_dynamodb_table.Other_3C";
  expect(vanishedFrom([OLD], stackOf([stranger, NEW, "aws_sqs_queue.Q_4D"]))).toEqual([
    { address: OLD, candidates: [NEW, stranger] },
  ]);
});

test.each<[string, Synthesis]>([
  ["it is still there", stackOf([OLD])],
  ["a moved block accounts for it", stackOf([NEW], { moved: [{ from: OLD, to: NEW }] })],
  ["a removed block accounts for it", stackOf([], { removed: [{ from: OLD, lifecycle: { destroy: false } }] })],
])("nothing is lost where %s", (_, stack) => {
  expect(vanishedFrom([OLD, "aws_iam_role.Role_1A"], stack)).toEqual([]);
});

test("the addresses of a commit are read from its snapshot, which has every environment", () => {
  const snapshot = readFileSync(path.join(__dirname, "../../__snapshots__/main.addresses.test.ts.snap"), "utf8");
  const found = addressesIn(snapshot);
  expect([...found.keys()].sort()).toEqual([...ENVIRONMENT_NAMES].sort());
  expect(found.get("local")).toEqual(synthesizeEnvironment("local").addresses());
});
