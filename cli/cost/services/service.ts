import type { Line } from "../bill";
import type { Stack } from "../stack";
import type { Usage } from "../usage";

/** A part of the bill. */
export interface Service {
  /** Types of resources whose cost, if any, it knows. */
  readonly types: readonly string[];
  readonly lines: (stack: Stack, usage: Usage) => readonly Line[];
}
