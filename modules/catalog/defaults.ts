/** What a catalog is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** What a crawler does when files gain columns: the raw table gains them too. */
  onChange: "UPDATE_IN_DATABASE",
  /** What it does when files or columns are gone: it says so in its log, and the table stays. */
  onDelete: "LOG",
});
