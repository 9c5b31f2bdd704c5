import { RULES, type Rule } from "../policy/rules";
import type { Synthesis } from "../stack/synthesis";
import { type Concern, concernsOf } from "./concerns";
import type { CostChange } from "./cost";
import { Declared } from "./declared";
import { type Difference, differencesOf, isMarked } from "./differences";
import { type Drift, driftOf } from "./drift";
import { type Finding, findingsOf } from "./findings";
import { grantText, summarized } from "./grants";
import { type JudgedPolicy, judged, type Surroundings, surroundingsOf } from "./openings";
import { isObject, type Plan, type PlanChange, type ResourceChange } from "./plan";
import { policyDifferences } from "./policies";
import { type Rename, renamesIn } from "./renames";
import { type DefinitionDifference, definitionDifference } from "./state-machine";
import { isGuarded, lossOf } from "./stateful";
import { type Unknown, unknownsOf } from "./unknowns";

/** What becomes of a resource. `forget`: it stays, and Terraform no longer knows it. */
export const KINDS = ["replace", "delete", "forget", "update", "create", "move", "import"] as const;
export type Kind = (typeof KINDS)[number];

/** A resource that a plan changes, and what a reviewer should know of it. */
export interface ReviewedChange {
  readonly address: string;
  readonly type: string;
  readonly kind: Kind;
  /** Where it comes from, of what is moved. */
  readonly from?: string;
  /** Why Terraform does it, in its own word. */
  readonly reason?: string;
  readonly differences: readonly Difference[];
  /** What is lost with it, of what is deleted or replaced. */
  readonly loss?: string;
  readonly policies: readonly JudgedPolicy[];
  readonly definition?: DefinitionDifference;
  readonly concerns: readonly Concern[];
}

/** A reason for which a plan is refused. */
export interface Refusal {
  /** The resource to name in `--allow`; none where nothing can allow it. */
  readonly address?: string;
  readonly why: string;
}

export type Verdict = "nothing" | "changes" | "refused";

/** What a review is of: SHA-256 of the plan (`tfplan`) and of the stack that was planned (`cdk.tf.json`). */
export interface Planned {
  readonly plan: string;
  readonly stack: string;
}

/** The review of a plan. Later versions may add to it, but change nothing. */
export interface Review {
  readonly version: 1;
  /** What was planned, such as the environment's name. */
  readonly subject: string;
  readonly terraform: string;
  /** Not there where it was reviewed from its JSON alone: nobody can apply that. */
  readonly planned?: Planned;
  readonly verdict: Verdict;
  readonly counts: Readonly<Record<Kind, number>>;
  readonly refusals: readonly Refusal[];
  /** Names given in `--allow` that the plan did not need. */
  readonly unneeded: readonly string[];
  readonly changes: readonly ReviewedChange[];
  /** What becomes of the monthly bill; not there where nobody can tell. */
  readonly cost?: CostChange;
  /** Rules of policy that the planned stack breaks; empty where it was not given. */
  readonly findings: readonly Finding[];
  /** What goes under one address and comes under another, as nothing but renamed. */
  readonly renames: readonly Rename[];
  /** Values of resources that stay, which are known after apply only. */
  readonly unknowns: readonly Unknown[];
  /** Outputs that change. */
  readonly outputs: readonly string[];
  /** What was changed outside of Terraform. */
  readonly drift: readonly Drift[];
}

/** What a plan is judged by. */
export interface Grounds {
  /** Addresses of resources that may go, or be opened, nevertheless. */
  readonly allow?: readonly string[];
  /** What was planned, as it is synthesized: without it, no rules of policy are looked at, and policies that are known after apply not told. */
  readonly stack?: Synthesis;
  /** Rules that the stack has to keep to. @default those of every environment */
  readonly rules?: readonly Rule[];
  /** What becomes of the monthly bill. */
  readonly cost?: CostChange;
}

/** @see REVIEW_EXIT_CODES in `cli/reviews.ts` */
export const EXIT_OF: Readonly<Record<Verdict, number>> = { nothing: 0, changes: 2, refused: 3 };

/**
 * Reviews a plan.
 *
 * @param subject what was planned
 */
export function reviewPlan(
  plan: Plan,
  subject: string,
  { allow = [], stack, rules = RULES, cost }: Grounds = {},
): Review {
  const declared = stack === undefined ? undefined : new Declared(stack, plan);
  const findings = stack === undefined ? [] : findingsOf(stack, rules);
  const renames = renamesIn(plan);
  const surroundings = surroundingsOf(plan);
  const changes = plan.resource_changes.flatMap((resource) => reviewed(resource, surroundings, declared));
  changes.sort((a, b) => gravity(b) - gravity(a) || (a.address < b.address ? -1 : 1));
  const outputs = Object.entries(plan.output_changes).flatMap(([name, { actions }]) =>
    actions.every((action) => action === "no-op") ? [] : [name],
  );
  const objections = [
    ...changes.flatMap((change) =>
      objectionsTo(
        change,
        renames.find(({ from }) => from === change.address),
      ),
    ),
    ...findings.map(({ rule, breach, address }) => ({
      why: `${breach} breaks a policy: ${rule}.`,
      ...(address === undefined ? {} : { address }),
    })),
  ];
  const refusals: Refusal[] = [
    ...(plan.errored ? [{ why: "Planning ended with an error: this is not all that would change." }] : []),
    ...objections.filter(({ address }) => address === undefined || !allow.includes(address)),
  ];
  const needed = new Set(objections.map(({ address }) => address));
  const counts = Object.fromEntries(
    KINDS.map((kind) => [kind, changes.filter((change) => change.kind === kind).length]),
  );
  return {
    version: 1,
    subject,
    terraform: plan.terraform_version,
    verdict: refusals.length > 0 ? "refused" : changes.length + outputs.length > 0 ? "changes" : "nothing",
    // Object.fromEntries forgets that all the kinds are there.
    counts: counts as Record<Kind, number>,
    refusals,
    unneeded: allow.filter((address) => !needed.has(address)),
    ...(cost === undefined ? {} : { cost }),
    findings,
    renames,
    changes,
    unknowns: unknownsOf(changes, plan),
    outputs,
    drift: driftOf(plan),
  };
}

function reviewed(
  resource: ResourceChange,
  surroundings: Surroundings,
  declared: Declared | undefined,
): ReviewedChange[] {
  const kind = kindOf(resource);
  if (resource.mode === "data" || kind === undefined) return [];
  const { address, type, change, previous_address: from, action_reason: reason } = resource;
  const differences = kind === "update" || kind === "replace" ? differencesOf(change) : [];
  const loss = kind === "delete" || kind === "replace" ? lossOf(type) : undefined;
  const definition = definitionOf(type, change);
  return [
    {
      address,
      type,
      kind,
      differences,
      policies: policyDifferences(resource, declared).map((policy) => judged(resource, policy, surroundings)),
      concerns: concernsOf(differences, kind === "replace"),
      ...(from === undefined ? {} : { from }),
      ...(reason === undefined ? {} : { reason }),
      ...(loss === undefined ? {} : { loss }),
      ...(definition === undefined ? {} : { definition }),
    },
  ];
}

function kindOf({ change, previous_address }: ResourceChange): Kind | undefined {
  const { actions, importing } = change;
  if (actions.includes("delete")) return actions.includes("create") ? "replace" : "delete";
  if (actions.includes("forget")) return actions.includes("create") ? "replace" : "forget";
  if (actions.includes("update")) return "update";
  if (actions.includes("create")) return "create";
  if (importing !== undefined) return "import";
  return previous_address === undefined ? undefined : "move";
}

function definitionOf(type: string, change: PlanChange): DefinitionDifference | undefined {
  if (type !== "aws_sfn_state_machine") return undefined;
  const part = (value: PlanChange["after_unknown"]) => (isObject(value) ? (value.definition ?? null) : (value ?? null));
  const { before, after, before_sensitive, after_sensitive } = change;
  if (isMarked(part(before_sensitive)) || isMarked(part(after_sensitive))) return undefined;
  return definitionDifference(part(before), part(after));
}

/** What nobody should merge without having named it. */
function objectionsTo(change: ReviewedChange, rename: Rename | undefined): Refusal[] {
  const { address, type, kind, loss, policies } = change;
  const hint = rename === undefined ? "" : ` It looks renamed to ${rename.to}: a \`moved\` block keeps it.`;
  const goes = kind === "delete" || kind === "replace";
  return [
    ...(goes && isGuarded(type) ? [{ address, why: `${address} is ${kind}d: lost is ${loss}.${hint}` }] : []),
    ...(kind === "forget" && isGuarded(type)
      ? [{ address, why: `${address} is forgotten: it stays in the account, and nobody looks after it.` }]
      : []),
    ...policies.flatMap(({ path, refused }) =>
      summarized(refused).map((grant) => ({ address, why: `${path} of ${address} opens it: ${grantText(grant)}.` })),
    ),
    ...change.concerns
      .filter(({ topic, isWorse }) => isWorse && (topic === "protection" || topic === "encryption"))
      .map(({ topic, difference }) => ({ address, why: `${address} loses ${topic}: ${difference.path} changes.` })),
  ];
}

/** What is shown first: losses, then what goes, then what opens or weakens, then the rest by its kind. */
function gravity(change: ReviewedChange): number {
  const rest = KINDS.length - KINDS.indexOf(change.kind);
  const goes = change.kind === "delete" || change.kind === "replace" || change.kind === "forget";
  const worse = change.concerns.some(({ isWorse }) => isWorse) || change.policies.some(({ opens }) => opens.length > 0);
  return (
    (goes && change.loss !== undefined ? 400 : goes ? 300 : worse ? 200 : change.policies.length > 0 ? 100 : 0) + rest
  );
}
