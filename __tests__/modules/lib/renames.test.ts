import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue";
import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { LocalAws } from "../../../cli/lib/local-aws";
import { ENVIRONMENT_NAMES, environment, environments, RENAMES } from "../../../envs";
import { CommerceLakeStack } from "../../../main";
import { LedgerTable } from "../../../modules/lib/ledger-table";
import { keepState, movesOf, type Rename } from "../../../modules/lib/renames";
import { configureTerraform } from "../../../modules/lib/terraform";
import { terraformIn } from "../../plans/support/tools";
import { synthesize } from "../support/synthesis";

/** Milliseconds, on a machine that has much else to do. */
const PATIENCE = 300_000;

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-renames-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A ledger somewhere in a stack, as paths say it. */
function ledgerAt(stack: TerraformStack, at: string, name = "a-ledger") {
  const [id = "", ...scopes] = at.split("/").reverse();
  const scope = scopes.reverse().reduce<Construct>((outer, one) => {
    const known = outer.node.tryFindChild(one);
    return known instanceof Construct ? known : new Construct(outer, one);
  }, stack);
  return new LedgerTable(scope, id, { name, indexes: [], protected: false });
}

/** The moves that a stack writes with a ledger at a path. */
function written(at: string, renames: readonly Rename[], more?: (stack: TerraformStack) => void): unknown {
  return synthesize((stack) => {
    keepState(stack, renames);
    ledgerAt(stack, at);
    more?.(stack);
  }).json.moved;
}

/** The address of a ledger's table at a path. */
const addressAt = (at: string) => synthesize((stack) => void ledgerAt(stack, at)).only("aws_dynamodb_table").address;

test("a construct that was renamed takes its resources along", () => {
  expect(written("Ingestion/Ledger", [{ from: "Ingestion/FileLedger", to: "Ingestion/Ledger" }])).toEqual([
    { from: addressAt("Ingestion/FileLedger"), to: addressAt("Ingestion/Ledger") },
  ]);
});

test("one whose parent was renamed goes with it, and one that only begins alike stays", () => {
  const renames = [{ from: "Arrivals", to: "Ingestion" }];
  expect(written("Ingestion/Ledger", renames)).toEqual([
    { from: addressAt("Arrivals/Ledger"), to: addressAt("Ingestion/Ledger") },
  ]);
  expect(written("IngestionOther/Ledger", renames)).toBeUndefined();
});

test("one renamed twice, and its parent in between, is followed from name to name", () => {
  const names = ["A/X", "A/Y", "B/Y", "B/Z"];
  const renames = [
    { from: "A/X", to: "A/Y" },
    { from: "A", to: "B" },
    { from: "B/Y", to: "B/Z" },
  ];
  expect(written("B/Z", renames)).toEqual(
    names.slice(1).map((to, index) => ({ from: addressAt(String(names[index])), to: addressAt(to) })),
  );
});

test("nothing is written where nothing was renamed", () => {
  expect(written("Ledger", [])).toBeUndefined();
  expect(written("Ledger", [{ from: "Network", to: "Vpc" }])).toBeUndefined();
});

test("an id that does not come from its path stays where it is", () => {
  const moves = synthesize((stack) => {
    keepState(stack, [{ from: "Old", to: "New" }]);
    new SqsQueue(stack, "New").overrideLogicalId("queue");
  }).json.moved;
  expect(moves).toBeUndefined();
});

test("something new at the old place is refused", () => {
  const another = (stack: TerraformStack) => void ledgerAt(stack, "Old", "another-ledger");
  expect(() => written("New", [{ from: "Old", to: "New" }], another)).toThrow(
    /^test\/Old\/Table: nothing stands where test\/New\/Table was before it was renamed; received "aws_dynamodb_table\./,
  );
});

test.each([
  ["", "New"],
  ["Old", ""],
  ["Same", "Same"],
  ["Old/", "New"],
  ["/Old", "New"],
  ["Old", " New"],
])("a rename from %j to %j is refused", (from, to) => {
  expect(() => written("New", [{ from, to }])).toThrow(/a rename goes from one path below the stack to another/);
});

test("each rename of ours moves something in some environment", () => {
  if (RENAMES.length === 0) return; // four stacks take their time
  const stacks = ENVIRONMENT_NAMES.map(
    (name) => new CommerceLakeStack(new App({ stackTraces: false, outdir: folder }), environment(name)),
  );
  for (const rename of RENAMES) {
    expect([rename, stacks.some((stack) => movesOf(stack, [rename]).length > 0)]).toEqual([rename, true]);
  }
});

describe("on the local AWS", () => {
  /** Synthesizes a ledger at a path into the same folder each time, in JSON or HCL. */
  function synthesizeAt(at: string, renames: readonly Rename[], language: "json" | "hcl" = "json"): string {
    if (language === "hcl") process.env.SYNTH_HCL_OUTPUT = "true"; // as cdktf's command line says `--hcl`
    try {
      const app = new App({ stackTraces: false, outdir: path.join(folder, language) });
      const stack = new TerraformStack(app, "moving");
      const state = { kind: "file", path: path.join(folder, "moving.tfstate") } as const;
      configureTerraform(stack, "moving", { ...environments.local, state });
      keepState(stack, renames);
      ledgerAt(stack, at);
      app.synth();
    } finally {
      delete process.env.SYNTH_HCL_OUTPUT;
    }
    return path.join(folder, language, "stacks", "moving");
  }

  test(
    "a table whose id changed is moved and not touched; without the rename it would be destroyed",
    async () => {
      const aws = await LocalAws.start(folder);
      try {
        const stack = synthesizeAt("Ingestion/FileLedger", []);
        const terraform = terraformIn(stack, path.join(folder, "work"), aws.local);
        await terraform(["init"]);
        await terraform(["apply", "-auto-approve"]);
        const { stdout: before } = await terraform(["state", "pull"]);

        synthesizeAt("Arrivals/Ledger", []);
        const { stdout: unhelped } = await terraform(["plan", "-detailed-exitcode", "-no-color"], 2);
        expect(unhelped).toContain("Plan: 1 to add, 0 to change, 1 to destroy.");

        const renames = [
          { from: "Ingestion", to: "Arrivals" },
          { from: "Arrivals/FileLedger", to: "Arrivals/Ledger" },
        ];
        const hcl = terraformIn(
          synthesizeAt("Arrivals/Ledger", renames, "hcl"),
          path.join(folder, "hcl-work"),
          aws.local,
        );
        await hcl(["init"]);
        synthesizeAt("Arrivals/Ledger", renames);
        for (const tool of [hcl, terraform]) {
          const { stdout } = await tool(["plan", "-detailed-exitcode", "-no-color"], 2);
          expect(stdout).toMatch(
            /aws_dynamodb_table\.Ingestion_FileLedger\S+ has moved to aws_dynamodb_table\.Arrivals_Ledger/,
          );
          expect(stdout).toContain("Plan: 0 to add, 0 to change, 0 to destroy.");
        }
        await terraform(["apply", "-auto-approve"]);
        const { stdout: after } = await terraform(["plan", "-detailed-exitcode", "-no-color"]);
        expect(after).toContain("No changes.");
        expect(tableOf(readFileSync(path.join(folder, "moving.tfstate"), "utf8"))).toEqual(tableOf(before));
      } finally {
        await aws.stop();
      }
    },
    PATIENCE,
  );
});

/** The attributes of the one table that a state holds. */
function tableOf(state: string): unknown {
  const { resources } = JSON.parse(state) as {
    readonly resources: readonly { readonly type: string; readonly instances: readonly { attributes: unknown }[] }[];
  };
  const tables = resources.filter(({ type }) => type === "aws_dynamodb_table");
  expect(tables).toHaveLength(1);
  return tables[0]?.instances[0]?.attributes;
}
