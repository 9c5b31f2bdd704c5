import type { IConstruct } from "constructs";

/** What a rule that was broken says to the person who broke it. */
export interface Violation {
  /** The rule, as a sentence without a full stop: "a bucket name has 3 to 63 characters". */
  readonly rule: string;
  /** The value that broke it. */
  readonly received: unknown;
  /** What to do about it. */
  readonly remedy: string;
}

/**
 * A value that cannot become infrastructure. Thrown while constructs are built, so that nothing wrong is ever planned.
 *
 * @example
 * throw new ConfigurationError(this, {
 *   rule: "a Glue job needs at least 2 workers",
 *   received: 1,
 *   remedy: "raise jobs.workers of the environment",
 * });
 */
export class ConfigurationError extends Error {
  readonly rule: string;
  readonly received: unknown;
  readonly remedy: string;

  /** @param where the construct, or the place where there is none, such as a file of `envs/`. */
  constructor(where: IConstruct | string, { rule, received, remedy }: Violation) {
    const place = typeof where === "string" ? where : where.node.path;
    super(`${place}: ${rule}; received ${JSON.stringify(received) ?? String(received)}. To mend it, ${remedy}.`);
    this.name = "ConfigurationError";
    this.rule = rule;
    this.received = received;
    this.remedy = remedy;
  }
}
