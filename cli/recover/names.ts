/** The ledgers that can be restored. */
export const LEDGERS = ["files", "runs"] as const;
export type Ledger = (typeof LEDGERS)[number];
