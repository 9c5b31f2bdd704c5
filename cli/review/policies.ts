import type { Declared } from "./declared";
import { canonical, isMarked } from "./differences";
import { type Grant, grantsOf, HOLDER, many, missingIn, texts } from "./grants";
import { isObject, jsonOf, type PlanChange, type PlanValue, type ResourceChange } from "./plan";

/** How a policy changes what is allowed. */
export interface PolicyDifference {
  /** Attribute that holds it, such as `policy`. */
  readonly path: string;
  readonly gained: readonly Grant[];
  readonly lost: readonly Grant[];
  /** Whether a part of it is known after apply: then it is told as the stack declares it, or not at all where there is no stack. */
  readonly isUnknown: boolean;
}

type Fields = { readonly [name: string]: PlanValue };

/** A policy of a resource, and the attributes that it is made of. */
interface Policy {
  readonly path: string;
  readonly attributes: readonly string[];
  readonly grants: readonly Grant[];
}

/** Attributes that hold a policy document as JSON. */
const DOCUMENTS = ["policy", "assume_role_policy", "resource_policy", "key_policy", "access_policy"] as const;

const NOT_KNOWN = "(known after apply)";

/**
 * How the policies of a resource change, grant by grant. What must not be shown is left out.
 *
 * @param declared what the stack says of policies that are known after apply
 */
export function policyDifferences(resource: ResourceChange, declared?: Declared): PolicyDifference[] {
  const { change } = resource;
  const old = policiesOf(resource, change.before, undefined);
  const young = policiesOf(resource, change.after, declared);
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((path) => {
    const attributes = [old.get(path), young.get(path)].flatMap((policy) => policy?.attributes ?? []);
    if (attributes.some((attribute) => isSecret(change, attribute))) return [];
    const isUnknown = attributes.some((attribute) => isMarked(member(change.after_unknown, attribute)));
    const [had, has] = [old.get(path)?.grants ?? [], young.get(path)?.grants];
    // Nobody loses what is only not known yet; and what mirrors other resources is told with those.
    if (isUnknown && has === undefined) {
      return isMirror(resource, path, declared) ? [] : [{ path, gained: [], lost: [], isUnknown }];
    }
    const [gained, lost] = [missingIn(had, has ?? []), missingIn(has ?? [], had)];
    return gained.length + lost.length === 0 ? [] : [{ path, gained, lost, isUnknown }];
  });
}

/** The policies of a resource, by where they are; one that is not known, by no grants. */
function policiesOf(
  { type, address, change }: ResourceChange,
  value: PlanValue,
  declared: Declared | undefined,
): Map<string, Policy> {
  const found = new Map<string, Policy>();
  if (!isObject(value)) return found;
  const add = (path: string, attributes: readonly string[], grants: readonly Grant[] | undefined) => {
    if (grants !== undefined) found.set(path, { path, attributes, grants });
  };
  const isAfter = value === change.after;
  const isNew = (attribute: string) => isAfter && isMarked(member(change.after_unknown, attribute));
  for (const name of DOCUMENTS) {
    add(name, [name], grantsOf(isNew(name) ? declared?.document(address, name) : jsonOf(value[name])));
  }
  for (const inline of many(value.inline_policy)) {
    if (isObject(inline))
      add(`inline_policy[${String(inline.name)}]`, ["inline_policy"], grantsOf(jsonOf(inline.policy)));
  }
  const told = (attribute: string) => (isNew(attribute) ? NOT_KNOWN : value[attribute]);
  const whoever = (action: string, resource: string): Grant => ({
    effect: "Allow",
    principal: HOLDER,
    action,
    resource,
    condition: "",
  });
  if (type === "aws_lambda_permission") add("permission", PERMISSION, [permission(told)]);
  if (type === "aws_lakeformation_permissions") add("permissions", LAKE_FORMATION, lakeFormation(value, told));
  if (/^aws_iam_\w*policy_attachment$/.test(type)) {
    add("attachment", ["policy_arn"], [whoever("whatever", `what ${String(told("policy_arn"))} says`)]);
  }
  const managed = texts(value.managed_policy_arns);
  if (managed.length > 0) {
    add(
      "managed_policy_arns",
      ["managed_policy_arns"],
      managed.map((arn) => whoever("whatever", `what ${arn} says`)),
    );
  }
  return found;
}

/** Whether a policy is what the provider reads of others, rather than what the stack says. */
function isMirror({ type, address }: ResourceChange, path: string, declared: Declared | undefined): boolean {
  if (type === "aws_s3_bucket" || path.startsWith("inline_policy")) return true;
  return declared !== undefined && !declared.says(address, path);
}

const PERMISSION = ["principal", "action", "function_name", "source_arn", "source_account"] as const;

/** A permission to invoke a function is a statement of its policy in other words. */
function permission(told: (attribute: string) => PlanValue | undefined): Grant {
  const [principal, action, name, source_arn, source_account] = PERMISSION.map(told);
  const condition = { ...(source_arn ? { source_arn } : {}), ...(source_account ? { source_account } : {}) };
  return {
    effect: "Allow",
    principal: String(principal ?? "*"),
    action: String(action ?? "lambda:InvokeFunction"),
    resource: String(name ?? "this function"),
    condition: Object.keys(condition).length === 0 ? "" : canonical(condition),
  };
}

const LAKE_FORMATION = [
  "principal",
  "permissions",
  "database",
  "table",
  "table_with_columns",
  "data_location",
  "catalog_resource",
] as const;

function lakeFormation(value: Fields, told: (attribute: string) => PlanValue | undefined): Grant[] {
  const [principal, , ...resources] = LAKE_FORMATION.map(told);
  const on = resources.find((one) => (Array.isArray(one) ? one.length > 0 : Boolean(one)));
  return texts(value.permissions).map((action) => ({
    effect: "Allow",
    principal: String(principal ?? "nobody"),
    action: `lakeformation:${action}`,
    resource: typeof on === "string" ? on : canonical(on),
    condition: "",
  }));
}

function isSecret({ before_sensitive, after_sensitive }: PlanChange, attribute: string): boolean {
  return [before_sensitive, after_sensitive].some((mark) => mark === true || isMarked(member(mark, attribute)));
}

function member(value: PlanValue | undefined, name: string): PlanValue | undefined {
  return value === true ? true : isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}
