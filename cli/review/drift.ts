import { type Difference, differencesOf } from "./differences";
import { noiseOf } from "./noise";
import type { Plan } from "./plan";

/** A resource that is not as Terraform left it. */
export interface Drift {
  readonly address: string;
  /** Whether it is gone. */
  readonly isGone: boolean;
  readonly differences: readonly Difference[];
  /** Differences that mean nothing, each with its reason. */
  readonly noise: readonly { readonly path: string; readonly why: string }[];
}

/** What was changed outside of Terraform, as far as a plan has seen it. */
export function driftOf(plan: Plan): Drift[] {
  return plan.resource_drift.flatMap(({ address, type, mode, change }) => {
    if (mode === "data") return [];
    const isGone = change.actions.includes("delete");
    const all = isGone
      ? []
      : differencesOf(change).map((difference) => ({ difference, why: noiseOf(type, difference) }));
    if (!isGone && all.length === 0) return [];
    const noise = all.flatMap(({ difference, why }) => (why === undefined ? [] : [{ path: difference.path, why }]));
    const differences = all.flatMap(({ difference, why }) => (why === undefined ? [difference] : []));
    return [{ address, isGone, differences, noise }];
  });
}
