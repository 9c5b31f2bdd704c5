/**
 * A record with one value for each key.
 *
 * @example record(["raw", "curated"], (zone) => `${zone}/`); // { raw: "raw/", curated: "curated/" }
 */
export function record<Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key) => Value,
): Record<Key, Value> {
  // fromEntries does not know that it was given every key.
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<Key, Value>;
}
