/** What a sample is when nobody says otherwise: always the same, so that its results can be talked about. */
export const SAMPLE = Object.freeze({
  rows: 10_000,
  minRows: 100,
  maxRows: 100_000_000,
  date: "2025-01-31",
  seed: 1,
  maxSeed: 0x7fffffff,
});
