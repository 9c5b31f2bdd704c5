import { messageOf } from "../lib/errors";
import { type Rule, TAGGED } from "../policy/rules";
import type { Synthesis } from "../stack/synthesis";

/** A rule of policy that the planned stack breaks. */
export interface Finding {
  readonly rule: string;
  /** What breaks it: words that begin with an address. */
  readonly breach: string;
  /** The address, where there is one. */
  readonly address?: string;
}

/** What breaks a rule in a stack. */
export function findingsOf(stack: Synthesis, rules: readonly Rule[]): Finding[] {
  return [
    ...rules.flatMap((rule) => {
      const breaches = breachesOf(stack, rule);
      if (typeof breaches === "string")
        return [{ rule: rule.name, breach: `it could not be looked at (${breaches}), which` }];
      return breaches.map((breach) => ({ rule: rule.name, breach, address: breach.split(" ")[0] ?? breach }));
    }),
    ...TAGGED(stack).map((tag) => ({
      rule: "everything carries the common tags",
      breach: `the tag ${tag} is missing`,
    })),
  ];
}

/** What breaks a rule; why nobody can tell, where the stack is written in a way that the rule does not read. */
function breachesOf(stack: Synthesis, { breaches }: Rule): readonly string[] | string {
  try {
    return breaches(stack);
  } catch (error) {
    return messageOf(error);
  }
}
