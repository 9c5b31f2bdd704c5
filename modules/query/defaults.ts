/** What querying is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** Bytes after which a query is stopped: 1 TB, which Athena bills with about 5 USD. */
  bytesScannedCutoff: 1_000_000_000_000,
  destroyData: false,
  /** Seconds: a refresh compacts tables, and checks wait for several queries. */
  functionTimeoutSeconds: 900,
});
