import type { Resource } from "../stack/synthesis";

/** Attributes that name the thing itself. */
export const NAMES = [
  "name",
  "bucket",
  "function_name",
  "identifier",
  "secret_id",
  "key",
  "role",
  "rule",
  "topic_arn",
] as const;

/**
 * How likely a resource is what another address named before, from 0 to 1: the ids on its path in their order, the module that it begins
 * with, the words of the ids, and whether its own name says what the old ids said.
 *
 * @param address `type.Id_Id_CHECKSUM`, of which nothing else is known any more
 * @param today a resource of the same type
 */
export function likeness(address: string, today: Resource): number {
  const [old, young] = [idsOf(address), idsOf(today.address)];
  const length = Math.max(old.length, young.length, 1);
  const [oldWords, youngWords] = [old, young].map((ids) => new Set(ids.flatMap(wordsOf)));
  const names = NAMES.flatMap((name) => {
    const value = today[name];
    return typeof value === "string" ? wordsOf(value) : [];
  });
  const said = new Set([...(youngWords ?? []), ...names]);
  const kept = [...(oldWords ?? [])].filter((word) => said.has(word)).length;
  return (
    (4 * inOrder(old, young)) / (length * 10) +
    (old[0] === young[0] ? 1 : 0) / 10 +
    (3 * pairsShared(old.join(" "), young.join(" "))) / 10 +
    (2 * kept) / (Math.max(oldWords?.size ?? 0, 1) * 10)
  );
}

/** The ids of an address; the last part is a checksum of the path. */
export function idsOf(address: string): string[] {
  return (address.split(".")[1] ?? "").split("_").slice(0, -1);
}

/** The words of an id or a name: `FileLedger` and `file-ledger-dev` share two. */
function wordsOf(text: string): string[] {
  return (text.match(/[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])/g) ?? []).map((word) => word.toLowerCase());
}

/** How many ids are in both, in one order: the longest common subsequence. */
function inOrder(old: readonly string[], young: readonly string[]): number {
  let before = new Array<number>(young.length + 1).fill(0);
  for (const id of old) {
    const row = [0];
    for (const [index, other] of young.entries()) {
      row.push(id === other ? (before[index] ?? 0) + 1 : Math.max(before[index + 1] ?? 0, row[index] ?? 0));
    }
    before = row;
  }
  return before[young.length] ?? 0;
}

/** Share of the pairs of letters that both have: near to 1 for `Ledger` and `Ledgers`. */
function pairsShared(one: string, other: string): number {
  const pairs = (text: string) =>
    Array.from({ length: Math.max(text.length - 1, 0) }, (_, at) => text.slice(at, at + 2));
  const [mine, theirs] = [pairs(one.toLowerCase()), pairs(other.toLowerCase())];
  const left = [...theirs];
  const shared = mine.filter((pair) => {
    const at = left.indexOf(pair);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
  return mine.length + theirs.length === 0 ? 0 : (2 * shared) / (mine.length + theirs.length);
}
