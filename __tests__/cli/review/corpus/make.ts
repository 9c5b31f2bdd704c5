/**
 * Makes the corpus again: real plans of a small stack of our modules on the local AWS, without what a review does not read.
 *
 *     node --import tsx __tests__/cli/review/corpus/make.ts
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalAws, localEnvironment } from "../../../../cli/lib/local-aws";
import { Terraform } from "../../../../cli/lib/terraform";
import { BASE, type Choices, write } from "./stack";

const CORPUS = __dirname;

/** What becomes of the stack in each plan. */
const PLANS: Readonly<Record<string, Partial<Choices>>> = {
  nothing: {},
  update: { timeoutSeconds: 120, startsAt: "cron(0 4 * * ? *)" },
  "replace-bucket": { bucket: "corpus-lake-renamed" },
  "delete-table": { ledger: "none" },
  "widen-policy": { mayDo: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], readers: "*" },
  "open-to-strangers": { isOpen: true },
  "change-retention": { retentionDays: 14 },
  "rename-without-moved": { ledger: "Journal" },
  "rename-with-moved": { ledger: "Journal", isMoved: true },
  sensitive: { secret: "hunter2-new" },
  forget: { ledger: "none", isForgotten: true },
};

/** Plans of which what they found changed outside of Terraform is kept: it is the same noise in all. */
const WITH_DRIFT = new Set(["nothing", "provider-upgrade"]);

/** A state as an older provider has written it, which did not know these attributes yet. */
const NEWER_ATTRIBUTES = ["bucket_region", "deletion_protection_enabled", "log_group_class", "bucket_key_enabled"];

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-corpus-"));
  const aws = await LocalAws.start(path.join(folder, "aws"));
  const state = path.join(folder, "terraform.tfstate");
  const inStack = async (name: string, choices: Choices, from: string) => {
    const stack = path.join(folder, name);
    write(stack, choices);
    const env = localEnvironment(aws.local);
    const terraform = new Terraform({ stack, work: path.join(folder, `${name}.work`), env, backend: { path: from } });
    await terraform.init();
    return { stack, terraform };
  };
  const plan = async (name: string, choices: Choices, from: string) => {
    const { stack, terraform } = await inStack(name, choices, from);
    const file = path.join(folder, `${name}.tfplan`);
    await terraform.plan({ file });
    keep(name, JSON.parse(await terraform.show(file)));
    return stack;
  };
  try {
    const stack = await plan("create", BASE, state);
    copyFileSync(path.join(stack, "cdk.tf.json"), path.join(CORPUS, "create.stack.json"));
    await plan("create-open-to-strangers", { ...BASE, isOpen: true }, state);
    const { terraform } = await inStack("base", BASE, state);
    await terraform.apply();
    for (const [name, choices] of Object.entries(PLANS)) await plan(name, { ...BASE, ...choices }, state);
    const older = path.join(folder, "older.tfstate");
    writeFileSync(older, JSON.stringify(olderState(JSON.parse(readFileSync(state, "utf8")))));
    await plan("provider-upgrade", BASE, older);
  } finally {
    await aws.stop();
    rmSync(folder, { recursive: true });
  }
}

interface StateFile {
  readonly resources: readonly { readonly instances: readonly { readonly attributes: Record<string, unknown> }[] }[];
}

function olderState(state: StateFile): StateFile {
  for (const { instances } of state.resources) {
    for (const { attributes } of instances) {
      for (const name of NEWER_ATTRIBUTES) delete attributes[name];
    }
  }
  return state;
}

interface ShownPlan {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly resource_changes?: readonly {
    readonly previous_address?: string;
    readonly change: { readonly actions: readonly string[] };
  }[];
  readonly resource_drift?: readonly unknown[];
  readonly output_changes?: unknown;
  readonly configuration?: {
    readonly root_module?: {
      readonly resources?: readonly { readonly address: string; readonly expressions?: object }[];
    };
  };
  readonly prior_state?: {
    readonly values?: { readonly root_module?: { readonly resources?: readonly { readonly mode: string }[] } };
  };
}

/** Writes what a review reads of a plan. */
function keep(name: string, plan: ShownPlan): void {
  const { format_version, terraform_version, resource_changes = [], resource_drift, output_changes } = plan;
  const configured = plan.configuration?.root_module?.resources ?? [];
  const data = plan.prior_state?.values?.root_module?.resources?.filter(({ mode }) => mode === "data") ?? [];
  const kept = {
    format_version,
    terraform_version,
    planned_values: {},
    resource_changes: resource_changes.filter(
      ({ previous_address, change }) => previous_address !== undefined || change.actions.join() !== "no-op",
    ),
    ...(resource_drift === undefined || !WITH_DRIFT.has(name) ? {} : { resource_drift }),
    ...(output_changes === undefined ? {} : { output_changes }),
    prior_state: { values: { root_module: { resources: data } } },
    configuration: {
      root_module: { resources: configured.map(({ address, expressions }) => ({ address, expressions })) },
    },
  };
  mkdirSync(CORPUS, { recursive: true });
  // Of expressions, what they refer to is read alone.
  const text = JSON.stringify(kept, (field, value: unknown) => (field === "constant_value" ? undefined : value));
  writeFileSync(path.join(CORPUS, `${name}.json`), `${text}\n`);
  console.log(`${name}: ${kept.resource_changes.length} changes`);
}

void main();
