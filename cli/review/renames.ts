import { canonical, isMarked } from "./differences";
import { NAMES } from "./likeness";
import { isObject, type Plan, type ResourceChange } from "./plan";

/** A resource that goes and one that comes, which look like one and the same under two addresses. */
export interface Rename {
  readonly from: string;
  readonly to: string;
}

/** Share of its known attributes in which what comes has to be as what goes. */
const LIKENESS = 0.75;

/** Values that more resources share than this say nothing of who is who. */
const COMMON = 50;

/**
 * Finds what was renamed without a `moved` block: of one type, of one name, and alike.
 *
 * @returns pairs, by the address that goes; none where more than one would fit
 */
export function renamesIn(plan: Plan): Rename[] {
  const managed = plan.resource_changes.filter(({ mode }) => mode === "managed");
  const goes = managed.filter(({ change }) => change.actions.join() === "delete");
  const comes = managed.filter(({ change }) => change.actions.join() === "create");
  if (goes.length === 0 || comes.length === 0) return [];
  const young = comes.map((resource) => ({ resource, known: knownAfter(resource) }));
  const byValue = new Map<string, typeof young>();
  for (const one of young) {
    for (const text of one.known) {
      const key = `${one.resource.type} ${text}`;
      const others = byValue.get(key);
      if (others === undefined) byValue.set(key, [one]);
      else others.push(one);
    }
  }
  const claims = goes.flatMap(({ address, type, change }) => {
    const had = new Set(attributes(change.before));
    const candidates = new Set(
      [...had].flatMap((text) => {
        const sharing = byValue.get(`${type} ${text}`) ?? [];
        return sharing.length > COMMON ? [] : sharing;
      }),
    );
    const fitting = [...candidates].filter(({ resource, known }) => {
      const same = known.filter((text) => had.has(text)).length;
      return same / known.length >= LIKENESS && haveSameName(change.before, resource.change.after);
    });
    const [only, ...others] = fitting;
    return only === undefined || others.length > 0 ? [] : [{ from: address, to: only.resource.address }];
  });
  const claimed = new Map<string, number>();
  for (const { to } of claims) claimed.set(to, (claimed.get(to) ?? 0) + 1);
  return claims.filter(({ to }) => claimed.get(to) === 1).sort((a, b) => (a.from < b.from ? -1 : 1));
}

function haveSameName(before: ResourceChange["change"]["before"], after: ResourceChange["change"]["after"]): boolean {
  if (!isObject(before) || !isObject(after)) return false;
  // Where they differ, a `moved` block would not keep it.
  return NAMES.every(
    (name) => typeof before[name] !== "string" || typeof after[name] !== "string" || before[name] === after[name],
  );
}

function knownAfter({ change }: ResourceChange): string[] {
  const { after, after_unknown: unknown } = change;
  const names = isObject(unknown) ? Object.keys(unknown).filter((name) => isMarked(unknown[name])) : [];
  return attributes(after, names);
}

function attributes(value: ResourceChange["change"]["after"], without: readonly string[] = []): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    part === null || without.includes(name) || (Array.isArray(part) && part.length === 0)
      ? []
      : [`${name}=${canonical(part)}`],
  );
}
