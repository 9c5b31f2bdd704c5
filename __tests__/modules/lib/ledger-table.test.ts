import { LEDGER_DEFAULTS, LedgerTable, type LedgerTableProps } from "../../../modules/lib/ledger-table";
import { aLedger, aRole } from "../support/parts";
import { statements, synthesize } from "../support/synthesis";

const build = (props: Partial<LedgerTableProps> = {}) =>
  synthesize((stack) => {
    new LedgerTable(stack, "Ledger", { name: "a-ledger", indexes: [], ...props });
  });

test("defaults: encrypted, restorable, protected, paid by use", () => {
  expect(LEDGER_DEFAULTS.protected).toBe(true);
  expect(build().only("aws_dynamodb_table")).toMatchObject({
    name: "a-ledger",
    hash_key: "pk",
    range_key: "sk",
    billing_mode: "PAY_PER_REQUEST",
    server_side_encryption: { enabled: true },
    point_in_time_recovery: { enabled: true },
    deletion_protection_enabled: true,
    attribute: [
      { name: "pk", type: "S" },
      { name: "sk", type: "S" },
    ],
  });
});

test("protection can be lifted", () => {
  expect(build({ protected: false }).only("aws_dynamodb_table").deletion_protection_enabled).toBe(false);
});

test("keys of indexes are declared once, however many indexes use them", () => {
  const table = build({
    indexes: [
      { name: "by-state", hashKey: "state", rangeKey: "updated_at" },
      { name: "by-day", hashKey: "day", rangeKey: "updated_at" },
    ],
  }).only("aws_dynamodb_table");
  expect(table.attribute).toEqual(["pk", "sk", "state", "updated_at", "day"].map((name) => ({ name, type: "S" })));
  expect(table.global_secondary_index).toEqual([
    { name: "by-state", hash_key: "state", range_key: "updated_at", projection_type: "ALL" },
    { name: "by-day", hash_key: "day", range_key: "updated_at", projection_type: "ALL" },
  ]);
});

test("readers read, writers read and write, and nobody deletes", () => {
  const actions = (grant: (table: LedgerTable, role: ReturnType<typeof aRole>) => void) => {
    const stack = synthesize((scope) =>
      grant(new LedgerTable(scope, "Ledger", { name: "a-ledger", indexes: [] }), aRole(scope)),
    );
    return statements(stack.only("aws_iam_role_policy").policy).flatMap((statement) => statement.actions);
  };
  const reading = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
  const writing = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"];
  expect(actions((table, role) => table.grantRead(role))).toEqual(reading);
  expect(actions((table, role) => table.grantReadWrite(role))).toEqual([...reading, ...writing]);
});

test("who may hold a lock reaches that item alone", () => {
  const stack = synthesize((scope) => aLedger(scope).grantLock(aRole(scope), "LOCK#MERGE"));
  expect(statements(stack.only("aws_iam_role_policy").policy)).toEqual([
    expect.objectContaining({
      sid: "LockLedger",
      actions: ["dynamodb:UpdateItem", "dynamodb:DeleteItem"],
      resources: [`\${${stack.only("aws_dynamodb_table").address}.arn}`],
      conditions: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["LOCK#MERGE"] } },
    }),
  ]);
});
