import { type Grant, HOLDER, isBroad } from "./grants";
import { isObject, type Plan, type PlanValue, type ResourceChange } from "./plan";
import type { PolicyDifference } from "./policies";

/** How a policy changes, and what a reviewer has to see of it. */
export interface JudgedPolicy extends PolicyDifference {
  /** Whether it limits whoever has it, or what goes through it, and grants nothing by itself. */
  readonly isBoundary: boolean;
  /** What it gives that nobody should merge without having named it. */
  readonly refused: readonly Grant[];
  /** What opens something, those among it: what it gives widely, or to another account, and what it no longer denies. */
  readonly opens: readonly Grant[];
}

/** What a policy's grants are seen against. */
export interface Surroundings {
  /** The account that is planned for; more where a plan spans several. */
  readonly accounts: ReadonlySet<string>;
  /** Policies that nothing has attached and something has as its permission boundary. */
  readonly boundaries: ReadonlySet<string>;
  /** Of those, the ones that are made now and take no other boundary's place: whoever they are put on may less than before. */
  readonly narrowing: ReadonlySet<string>;
}

/** The account and the boundaries of a plan. */
export function surroundingsOf(plan: Plan): Surroundings {
  const accounts = plan.data.flatMap(({ type, change }) =>
    type === "aws_caller_identity" ? member(change.after, "account_id") : [],
  );
  const before = new Map(plan.resource_changes.map(({ address, change }) => [address, change.before]));
  const attached = new Set<string>();
  const bounding = new Map<string, string[]>();
  for (const [address, { policy_arn = [], managed_policy_arns = [], permissions_boundary = [] }] of plan.references) {
    for (const policy of [...policy_arn, ...managed_policy_arns]) attached.add(policy);
    for (const policy of permissions_boundary) bounding.set(policy, [...(bounding.get(policy) ?? []), address]);
  }
  const boundaries = [...bounding.keys()].filter((policy) => !attached.has(policy));
  const hadOne = (bounded: string) => member(before.get(bounded), "permissions_boundary").length > 0;
  const narrowing = boundaries.filter(
    (policy) => (before.get(policy) ?? null) === null && !bounding.get(policy)?.some(hadOne),
  );
  return { accounts: new Set(accounts), boundaries: new Set(boundaries), narrowing: new Set(narrowing) };
}

/** What carries a policy that limits what goes through it: without one, everything does. */
const GATES: ReadonlySet<string> = new Set(["aws_vpc_endpoint", "aws_vpc_endpoint_policy"]);

/**
 * Judges what a policy gives. Whole services are refused, and whatever anybody may; but not
 *
 * - in a boundary that narrows, or in the policy of a new endpoint: it says what is allowed at most, and grants nothing;
 * - to the account's own root: that lets the account's IAM decide, as it does of everything else. Keys alone ask for it, and one that did
 *   without until now is opened by it.
 */
export function judged(
  resource: ResourceChange,
  policy: PolicyDifference,
  { accounts, boundaries, narrowing }: Surroundings,
): JudgedPolicy {
  const { address, type, change } = resource;
  const { gained, lost } = policy;
  const isNarrowing = narrowing.has(address) || (GATES.has(type) && change.before === null);
  const isOwnRoot = ({ principal }: Grant) => accounts.has(accountOf(principal) ?? "") && isRoot(principal);
  const isAsEver = (grant: Grant) => isNarrowing || (isOwnRoot(grant) && !isOldKey(resource));
  const isForeign = ({ principal }: Grant) => {
    const account = accountOf(principal);
    return accounts.size > 0 && account !== undefined && !accounts.has(account);
  };
  const refused = gained.filter((grant) => isBroad(grant) && !isAsEver(grant));
  const wide = gained.filter(
    (grant) =>
      grant.effect === "Allow" &&
      (isForeign(grant) || (grant.principal === HOLDER && grant.resource === "*" && !isNarrowing)),
  );
  const opens = [...new Set([...refused, ...wide, ...lost.filter(({ effect }) => effect === "Deny")])];
  return { ...policy, isBoundary: boundaries.has(address) || GATES.has(type), refused, opens };
}

/** Whether a resource is, or is the policy of, a key that is there already. */
function isOldKey({ type, change }: ResourceChange): boolean {
  if (type === "aws_kms_key") return change.before !== null;
  // The id of a key that is made by the same plan is not known yet.
  return type === "aws_kms_key_policy" && member(change.after, "key_id").length > 0;
}

/** The account that a principal belongs to; undefined of services, of everybody, and of whoever a policy is attached to. */
function accountOf(principal: string): string | undefined {
  return /^(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
}

function isRoot(principal: string): boolean {
  return /^(?:arn:[\w-]+:iam::\d{12}:root|\d{12})$/.test(principal);
}

/** A text of a resource, in a list; nothing where there is none. */
function member(value: PlanValue | undefined, name: string): string[] {
  const found = isObject(value) ? value[name] : undefined;
  return typeof found === "string" && found !== "" ? [found] : [];
}
