import { printable } from "../../functions/lib/printable";
import { isObject, type PlanChange, type PlanValue } from "./plan";

/** An attribute of a resource that changes. */
export interface Difference {
  /** Such as `rule[0].expiration[0].days`. */
  readonly path: string;
  readonly before: Shown;
  readonly after: Shown;
  /** Whether the resource is made anew because of it. */
  readonly forcesReplacement: boolean;
}

/** A value as a review may show it. */
export type Shown =
  | { readonly kind: "value"; readonly value: PlanValue }
  /** It must not be shown. */
  | { readonly kind: "sensitive" }
  /** It is known after apply. */
  | { readonly kind: "unknown" }
  | { readonly kind: "absent" };

/** What the walk knows of a place: the values, and the marks that Terraform sets beside them. */
interface Place {
  readonly before: PlanValue | undefined;
  readonly after: PlanValue | undefined;
  readonly unknown: PlanValue | undefined;
  readonly secretBefore: PlanValue | undefined;
  readonly secretAfter: PlanValue | undefined;
}

/**
 * The attributes in which a change differs from what there is, each as deep as it differs. What is absent, null, an empty list or an
 * empty object says the same to a provider, so that is no difference.
 */
export function differencesOf(change: PlanChange): Difference[] {
  const forced = (change.replace_paths ?? []).map((path) => spelled(path));
  const found: Difference[] = [];
  const walk = (path: readonly (string | number)[], place: Place): void => {
    const { before, after, unknown, secretBefore, secretAfter } = place;
    const isWhole = unknown === true || secretBefore === true || secretAfter === true;
    const names = isWhole ? undefined : keysOf(place);
    if (names !== undefined) {
      for (const name of names) walk([...path, name], inside(place, name));
      return;
    }
    if (!isMarked(unknown) && sameValue(before, after)) return;
    const text = spelled(path);
    // Where a whole is told at once, a mark on any part of it, before or after, hides all: what is told must not depend on which part moved.
    const isSecret = isMarked(secretBefore) || isMarked(secretAfter);
    found.push({
      path: text,
      before: shown(before, isSecret),
      after: isMarked(unknown) ? { kind: "unknown" } : shown(after, isSecret),
      forcesReplacement: forced.some((one) => text === one || text.startsWith(`${one}.`) || text.startsWith(`${one}[`)),
    });
  };
  walk([], {
    before: change.before,
    after: change.after,
    unknown: change.after_unknown,
    secretBefore: change.before_sensitive,
    secretAfter: change.after_sensitive,
  });
  return found;
}

/** Members to go into; undefined where a place is to be compared as a whole. */
function keysOf({
  before,
  after,
  unknown,
  secretBefore,
  secretAfter,
}: Place): readonly (string | number)[] | undefined {
  if (isObject(before) || isObject(after)) {
    const objects = [before, after, unknown, secretBefore, secretAfter].filter(isObject);
    // One side may be something else entirely.
    if ([before, after].some((side) => !isObject(side) && !isNothing(side))) return undefined;
    return [...new Set(objects.flatMap((object) => Object.keys(object)))].sort();
  }
  const [old = [], young = []] = [before, after].map((side) => (Array.isArray(side) ? side : undefined));
  const holdsObjects = [...old, ...young].some((item) => typeof item === "object" && item !== null);
  // Lists of plain values are compared as a whole: an inserted one would move all that follow.
  if (!holdsObjects || [before, after].some((side) => !Array.isArray(side) && !isNothing(side))) return undefined;
  return Array.from({ length: Math.max(old.length, young.length) }, (_, index) => index);
}

function inside({ before, after, unknown, secretBefore, secretAfter }: Place, name: string | number): Place {
  const member = (value: PlanValue | undefined): PlanValue | undefined => {
    if (typeof name === "number") return Array.isArray(value) ? value[name] : undefined;
    return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  };
  return {
    before: member(before),
    after: member(after),
    unknown: member(unknown),
    // A mark on a whole holds for its parts.
    secretBefore: secretBefore === true ? true : member(secretBefore),
    secretAfter: secretAfter === true ? true : member(secretAfter),
  };
}

/** A difference in a line, for a terminal. */
export function differenceLine({ path, before, after }: Difference): string {
  const text = (shown: Shown): string => {
    if (shown.kind === "value") return printable(JSON.stringify(shown.value), 120);
    return { absent: "nothing", sensitive: "(not shown)", unknown: "(known after apply)" }[shown.kind];
  };
  return `${path}: ${text(before)} → ${text(after)}`;
}

/** Whether a mark of Terraform's is set on a value or on any part of it. */
export function isMarked(mark: PlanValue | undefined): boolean {
  if (typeof mark !== "object" || mark === null) return mark === true;
  return Object.values(mark).some(isMarked);
}

function shown(value: PlanValue | undefined, isSecret: boolean): Shown {
  if (isNothing(value)) return { kind: "absent" };
  return isSecret ? { kind: "sensitive" } : { kind: "value", value: value ?? null };
}

function isNothing(value: PlanValue | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0)
  );
}

function sameValue(before: PlanValue | undefined, after: PlanValue | undefined): boolean {
  if (isNothing(before) || isNothing(after)) return isNothing(before) && isNothing(after);
  return canonical(before) === canonical(after);
}

/** A value as text, whatever the order of its members. */
export function canonical(value: PlanValue | undefined): string {
  return JSON.stringify(value ?? null, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function spelled(path: readonly (string | number)[]): string {
  return path
    .map((step, index) =>
      typeof step === "number"
        ? `[${step}]`
        : /^\w+$/.test(step)
          ? `${index === 0 ? "" : "."}${step}`
          : `[${JSON.stringify(step)}]`,
    )
    .join("");
}
