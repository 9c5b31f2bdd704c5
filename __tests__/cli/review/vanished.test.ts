import { readFileSync } from "node:fs";
import path from "node:path";
import { addressesIn, vanishedFrom } from "../../../cli/review/vanished";
import { Synthesis } from "../../../cli/stack/synthesis";
import { ENVIRONMENT_NAMES } from "../../../envs";
import { logicalIdOf } from "../../../modules/lib/renames";
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

/** A resource by its construct's path, at the address that cdktf gives it. */
const at = (path: string, name: string) => ({ address: `aws_dynamodb_table.${logicalIdOf(path)}`, path, name });
const stackAt = (...resources: ReturnType<typeof at>[]) =>
  new Synthesis({
    resource: {
      aws_dynamodb_table: Object.fromEntries(
        resources.map(({ address, path, name }) => [
          address.split(".")[1],
          { name, "//": { metadata: { path: `commerce-lake-dev/${path}` } } },
        ]),
      ),
    },
  });
/** What each of the old is thought to be now. */
const guessed = (old: readonly ReturnType<typeof at>[], young: readonly ReturnType<typeof at>[]) =>
  vanishedFrom(
    old.map(({ address }) => address),
    stackAt(...young),
  ).map(({ candidates: [likeliest] }) => young.find(({ address }) => address === likeliest)?.path);

describe("the likeliest of several is found", () => {
  const files = at("Ingestion/FileLedger/Table", "file-ledger-dev");
  const runs = at("Ingestion/RunLedger/Table", "run-ledger-dev");

  test.each<[string, string, string]>([
    ["a module that is called otherwise", "Arrival/FileLedger/Table", "Arrival/RunLedger/Table"],
    ["ids that are written shorter", "Ingestion/Files/Table", "Ingestion/Runs/Table"],
    ["a level more", "Ingestion/Ledgers/Files/Table", "Ingestion/Ledgers/Runs/Table"],
    // By the alphabet it would be the other way round.
    ["ids that say nothing, by the names that the tables have", "Ingestion/Zebra/Table", "Ingestion/Aardvark/Table"],
  ])("%s", (_, file, run) => {
    const young = [at(run, "run-ledger-dev"), at(file, "file-ledger-dev")];
    expect(guessed([files, runs], young)).toEqual([file, run]);
    expect(guessed([runs, files], young.toReversed())).toEqual([run, file]);
  });

  test("and no two become the same", () => {
    const young = [at("Ingestion/Ledger/Table", "a"), at("Ingestion/Journal/Table", "b")];
    expect(new Set(guessed([files, runs], young)).size).toBe(2);
  });

  test("the order of ids counts", () => {
    const old = at("Lake/Logs/Table", "x");
    expect(guessed([old], [at("Logs/Lake/Table", "x"), at("Lake/Logs/Items/Table", "x")])).toEqual([
      "Lake/Logs/Items/Table",
    ]);
  });
});

test.each<[string, string, object | undefined]>([
  ["Ingestion/FileLedger/Table", "Ingestion/Ledger/Table", { from: "Ingestion/FileLedger", to: "Ingestion/Ledger" }],
  ["Ledger/Table", "Ingestion/Ledger/Table", { from: "Ledger", to: "Ingestion/Ledger" }],
  // cdktf writes Table but once.
  ["Ledger/Table/Table", "Journal/Table/Table", { from: "Ledger", to: "Journal" }],
  // Of an address, nobody can tell which of its _ part ids.
  ["Old_Ledger/Table", "Journal/Table", undefined],
])("the rename of %s to %s is proposed where the checksum proves it: %j", (before, now, rename) => {
  const [{ rename: found } = {}] = vanishedFrom([at(before, "x").address], stackAt(at(now, "x")));
  expect(found).toEqual(rename);
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
