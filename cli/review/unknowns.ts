import type { Plan } from "./plan";
import type { ReviewedChange } from "./review";

/** A value of a resource that stays, which is known after apply only. */
export interface Unknown {
  readonly address: string;
  readonly path: string;
  /** Why: addresses of what it is made from, which are made anew or changed themselves; empty where the provider sets it. */
  readonly from: readonly string[];
}

/**
 * The values that a plan cannot tell, each with what it waits for.
 */
export function unknownsOf(changes: readonly ReviewedChange[], { references }: Plan): Unknown[] {
  const changing = new Set(changes.map(({ address }) => address));
  // Of what is made anew, nearly all is.
  const staying = changes.filter(({ kind }) => kind === "update");
  return staying.flatMap(({ address, differences }) =>
    differences
      .filter(({ after }) => after.kind === "unknown")
      .map(({ path }) => {
        const attribute = /^\w+/.exec(path)?.[0] ?? path;
        const from = references.get(address)?.[attribute] ?? [];
        return { address, path, from: from.filter((one) => changing.has(one)) };
      }),
  );
}
