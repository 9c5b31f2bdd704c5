import type { Rename } from "../modules/lib/renames";

/**
 * Constructs that were called otherwise in a release before, oldest first: their resources move with the next apply, and nothing is destroyed.
 * One can go once every environment has been applied since. The snapshot of addresses shows when one is due.
 */
export const RENAMES: readonly Rename[] = [];
