import { monthlyCost, resourcesOf } from "../cost";
import { type Comparison, compare } from "../cost/compare";

/** What becomes of the monthly bill, in US dollars. */
export interface CostChange extends Comparison {
  /** Types of resources that the cost model knows nothing about: what they cost is in neither sum. */
  readonly unknown: readonly string[];
}

/**
 * What a plan does to the monthly bill, with the cost model's own assumptions of how the lake is used.
 *
 * @param plan as `terraform show -json` writes it, parsed
 * @returns undefined where the model cannot read it; not why, for that may quote what must not be shown
 */
export function costChangeOf(plan: unknown, place: string): CostChange | undefined {
  try {
    const before = monthlyCost(resourcesOf(plan, "before", place));
    const after = monthlyCost(resourcesOf(plan, "after", place));
    return { ...compare(before, after), unknown: Object.keys(after.unknown).sort() };
  } catch {
    return undefined;
  }
}
