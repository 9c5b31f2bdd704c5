import { canonical } from "./differences";
import { isObject, jsonOf, type PlanValue } from "./plan";

/** How the definition of a state machine changes. */
export interface DefinitionDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** States that stay, with the fields that differ, such as `TimeoutSeconds: 60 → 120`. */
  readonly changed: readonly { readonly state: string; readonly fields: readonly string[] }[];
}

/** Longest value that is shown of a field. */
const MAX_VALUE = 120;

type Fields = { readonly [name: string]: PlanValue };

/**
 * Compares two definitions in Amazon States Language, state by state; states inside of Map and Parallel are found by their path, as in
 * `EtlJobs/Transactions`.
 *
 * @returns undefined where either is no definition, or they say the same
 */
export function definitionDifference(before: PlanValue, after: PlanValue): DefinitionDifference | undefined {
  const [old, young] = [statesOf(before), statesOf(after)];
  if (old === undefined || young === undefined) return undefined;
  const added = [...young.keys()].filter((name) => !old.has(name));
  const removed = [...old.keys()].filter((name) => !young.has(name));
  const changed = [...young].flatMap(([state, fields]) => {
    const previous = old.get(state);
    const differing = previous === undefined ? [] : fieldDifferences(previous, fields);
    return differing.length === 0 ? [] : [{ state, fields: differing }];
  });
  return added.length + removed.length + changed.length === 0 ? undefined : { added, removed, changed };
}

/** The states of a definition by their path, what is nested left out; `(machine)` holds the fields of the whole. */
function statesOf(definition: PlanValue): Map<string, Fields> | undefined {
  const machine = jsonOf(definition);
  if (!isObject(machine) || !isObject(machine.States)) return undefined;
  const found = new Map<string, Fields>();
  const collect = (part: Fields, path: string, name: string): void => {
    found.set(name, Object.fromEntries(Object.entries(part).filter(([field]) => field !== "States")));
    for (const [state, fields] of Object.entries(isObject(part.States) ? part.States : {})) {
      if (!isObject(fields)) continue;
      const inner = `${path}${state}`;
      const own = Object.entries(fields).filter(([field]) => field !== "Branches" && field !== "ItemProcessor");
      found.set(inner, Object.fromEntries(own));
      const branches = Array.isArray(fields.Branches) ? fields.Branches : [];
      for (const [index, branch] of branches.entries()) {
        if (isObject(branch)) collect(branch, `${inner}/`, `${inner}/(branch ${index + 1})`);
      }
      if (isObject(fields.ItemProcessor)) collect(fields.ItemProcessor, `${inner}/`, `${inner}/(items)`);
    }
  };
  collect(machine, "", "(machine)");
  return found;
}

function fieldDifferences(before: Fields, after: Fields): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((field) => {
    const [old, young] = [before[field], after[field]];
    if (canonical(old) === canonical(young)) return [];
    return [`${field}: ${valueText(old)} → ${valueText(young)}`];
  });
}

function valueText(value: PlanValue | undefined): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "string" ? value.replace(/\s+/g, " ") : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
