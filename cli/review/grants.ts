import { canonical } from "./differences";
import { isObject, type PlanValue } from "./plan";

/** That somebody may, or may not, do something to something. */
export interface Grant {
  readonly effect: "Allow" | "Deny";
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** As JSON; empty where there is none. */
  readonly condition: string;
}

type Fields = { readonly [name: string]: PlanValue };

/** Whom a policy speaks of that names nobody: whoever has it. */
export const HOLDER = "its holder";

/** Before what a statement leaves out (`NotAction`, `NotResource`, `NotPrincipal`). */
const ALL_BUT = "all but ";

/**
 * The grants of a policy document, each once.
 *
 * @returns undefined where a value is none
 */
export function grantsOf(document: PlanValue | undefined): Grant[] | undefined {
  if (!isObject(document) || document.Statement === undefined) return undefined;
  const grants = many(document.Statement).flatMap((statement) => (isObject(statement) ? grantsIn(statement) : []));
  return [...new Map(grants.map((grant) => [canonicalGrant(grant), grant])).values()];
}

/**
 * @returns whether a grant lets more people do more than any reviewer should wave through: anybody, or whole services. Where a policy says
 * who may, what it stands on is all that it speaks of; the policy of a role is wide where it reaches everything.
 */
export function isBroad({ effect, principal, action, resource, condition }: Grant): boolean {
  if (effect !== "Allow") return false;
  const anyone = (principal === "*" || principal.startsWith(ALL_BUT)) && condition === "";
  const whole = /^([\w-]+:)?\*$/.test(action) || action.startsWith(ALL_BUT);
  return anyone || action === "*" || (whole && (principal !== HOLDER || resource === "*"));
}

/** The grants that others lack. */
export function missingIn(others: readonly Grant[], grants: readonly Grant[]): Grant[] {
  const known = new Set(others.map(canonicalGrant));
  return grants.filter((grant) => !known.has(canonicalGrant(grant)));
}

/** A grant in a line. */
export function grantText({ effect, principal, action, resource, condition }: Grant): string {
  const verb = effect === "Allow" ? "may" : "must not";
  return `${principal} ${verb} ${action} on ${resource}${condition === "" ? "" : ` if ${condition}`}`;
}

/** Grants in as few lines as say the same: actions on one resource together, then resources of the same actions. */
export function summarized(grants: readonly Grant[]): Grant[] {
  return merged(merged(grants, "action"), "resource");
}

function merged(grants: readonly Grant[], field: "action" | "resource"): Grant[] {
  const alike = new Map<string, Grant[]>();
  for (const grant of grants) {
    const key = canonicalGrant({ ...grant, [field]: "" });
    const group = alike.get(key);
    if (group === undefined) alike.set(key, [grant]);
    else group.push(grant);
  }
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, [field]: group.map((grant) => grant[field]).join(", ") }];
  });
}

function canonicalGrant(grant: Grant): string {
  return JSON.stringify([grant.effect, grant.principal, grant.action, grant.resource, grant.condition]);
}

function grantsIn(statement: Fields): Grant[] {
  const effect = statement.Effect === "Deny" ? "Deny" : "Allow";
  const but = (value: PlanValue | undefined) => texts(value).map((text) => `${ALL_BUT}${text}`);
  const actions = [...texts(statement.Action), ...but(statement.NotAction)];
  const resources = [...texts(statement.Resource), ...but(statement.NotResource)];
  const condition = isObject(statement.Condition) ? canonical(statement.Condition) : "";
  return principalsOf(statement).flatMap((principal) =>
    actions.flatMap((action) =>
      (resources.length === 0 ? ["this resource"] : resources).map((resource) => ({
        effect,
        principal,
        action,
        resource,
        condition,
      })),
    ),
  );
}

function principalsOf({ Principal, NotPrincipal }: Fields): string[] {
  const named = (value: PlanValue | undefined): string[] =>
    isObject(value) ? Object.values(value).flatMap(texts) : texts(value);
  const found = [...named(Principal), ...named(NotPrincipal).map((name) => `${ALL_BUT}${name}`)];
  return found.length === 0 ? [HOLDER] : found;
}

/** The texts of a value that is one or a list of them. */
export function texts(value: PlanValue | undefined): string[] {
  return many(value).flatMap((one) => (typeof one === "string" ? [one] : []));
}

/** A value that is one or a list, as a list. */
export function many(value: PlanValue | undefined): readonly PlanValue[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}
