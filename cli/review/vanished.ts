import { asList, asObject, type Synthesis } from "../stack/synthesis";
import { isGuarded } from "./stateful";

/** A stateful resource that a stack no longer has where it was. */
export interface Vanished {
  readonly address: string;
  /** New addresses of its type, the likeliest first: what it may have been renamed to. */
  readonly candidates: readonly string[];
}

/**
 * The stateful addresses that a stack has lost, and no `moved` or `removed` block accounts for: the next apply would destroy what they name.
 *
 * @param before the addresses that it had
 */
export function vanishedFrom(before: readonly string[], stack: Synthesis): Vanished[] {
  const today = new Set(stack.addresses());
  const accounted = new Set(
    ["moved", "removed"].flatMap((kind) => asList(stack.json[kind] ?? []).map((block) => String(asObject(block).from))),
  );
  const known = new Set(before);
  return before
    .filter((address) => isGuarded(typeOf(address)) && !today.has(address) && !accounted.has(address))
    .map((address) => ({
      address,
      candidates: [...today]
        .filter((one) => typeOf(one) === typeOf(address) && !known.has(one))
        .sort((a, b) => likeness(b, address) - likeness(a, address) || (a < b ? -1 : 1)),
    }));
}

/** The addresses of each environment in a snapshot of `__tests__/main.addresses.test.ts`. */
export function addressesIn(snapshot: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, name = "", list = ""] of snapshot.matchAll(
    /exports\[`the addresses of (\S+) 1`\] = `\n\[\n(.*?)\n\]\n`;/gs,
  )) {
    found.set(
      name,
      [...list.matchAll(/^ {2}"(.+)",$/gm)].flatMap(([, address]) => address ?? []),
    );
  }
  return found;
}

const typeOf = (address: string) => address.split(".")[0] ?? "";

/** How many ids of the one address's path are in the other's; the last part is a checksum of the path. */
function likeness(one: string, other: string): number {
  const ids = (address: string) => (address.split(".")[1] ?? "").split("_").slice(0, -1);
  const others = new Set(ids(other));
  return ids(one).filter((id) => others.has(id)).length;
}
