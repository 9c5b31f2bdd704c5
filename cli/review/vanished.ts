import { logicalIdOf, type Rename } from "../../modules/lib/renames";
import { assigned } from "../lib/assignment";
import { asList, asObject, type Resource, type Synthesis } from "../stack/synthesis";
import { idsOf, likeness } from "./likeness";
import { isGuarded } from "./stateful";

/** A stateful resource that a stack no longer has where it was. */
export interface Vanished {
  readonly address: string;
  /** New addresses of its type, the likeliest first: what it may have been renamed to. */
  readonly candidates: readonly string[];
  /** The rename that would make the likeliest what it was; not there where the checksum of its address does not bear that out. */
  readonly rename?: Rename;
}

/**
 * The stateful addresses that a stack has lost, and no `moved` or `removed` block accounts for: the next apply would destroy what they name.
 * Each new address is the likeliest of one lost one at most: as the likenesses of all together are greatest.
 *
 * @param before the addresses that it had
 */
export function vanishedFrom(before: readonly string[], stack: Synthesis): Vanished[] {
  const today = new Set(stack.addresses());
  const accounted = new Set(
    ["moved", "removed"].flatMap((kind) => asList(stack.json[kind] ?? []).map((block) => String(asObject(block).from))),
  );
  const lost = before.filter((address) => isGuarded(typeOf(address)) && !today.has(address) && !accounted.has(address));
  const known = new Set(before);
  const young = stack.all().filter(({ address }) => !known.has(address));
  const found = new Map<string, Vanished>();
  for (const type of new Set(lost.map(typeOf))) {
    const [gone, come] = [lost.filter((one) => typeOf(one) === type), young.filter((one) => one.type === type)];
    const worth = gone.map((address) => come.map((one) => likeness(address, one)));
    for (const [row, column] of assigned(worth).entries()) {
      const address = gone[row] ?? "";
      const rank = (index: number) => (index === column ? 1 : 0) + (worth[row]?.[index] ?? 0);
      const ranked = [...come.keys()].sort((a, b) => rank(b) - rank(a)).flatMap((index) => come[index] ?? []);
      const rename = ranked[0] === undefined ? undefined : renameOf(address, ranked[0]);
      const candidates = ranked.map((one) => one.address);
      found.set(address, { address, candidates, ...(rename === undefined ? {} : { rename }) });
    }
  }
  return lost.flatMap((address) => found.get(address) ?? []);
}

/**
 * The rename that turns the path of an address into the path of a resource. An address holds the ids of its path and a checksum of it, so
 * a path that was guessed from the ids can be proved.
 *
 * @returns undefined where none of the guesses has the checksum
 */
function renameOf(address: string, today: Resource): Rename | undefined {
  const path = pathOf(today)?.split("/").slice(1) ?? [];
  const ids = idsOf(address);
  // cdktf writes an id that repeats the one before it only once.
  const guesses = [ids, [...ids, ids.at(-1) ?? ""]];
  const was = guesses.find((guess) => `${today.type}.${logicalIdOf(guess.join("/"))}` === address);
  if (was === undefined || path.length === 0) return undefined;
  let [from, to] = [was, path];
  while (from.length > 1 && to.length > 1 && from.at(-1) === to.at(-1))
    [from, to] = [from.slice(0, -1), to.slice(0, -1)];
  return { from: from.join("/"), to: to.join("/") };
}

function pathOf(resource: Resource): string | undefined {
  const { metadata } = asObject(resource["//"] ?? {});
  const { path } = asObject(metadata ?? {});
  return typeof path === "string" ? path : undefined;
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
