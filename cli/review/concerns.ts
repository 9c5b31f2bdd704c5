import type { Difference, Shown } from "./differences";

/** What a reviewer looks for in attributes, besides policies. */
export type Topic = "protection" | "encryption" | "retention" | "network" | "schedule";

/** An attribute whose change a reviewer should see. */
export interface Concern {
  readonly topic: Topic;
  readonly difference: Difference;
  /** Whether it makes something less safe, as far as the value alone tells. */
  readonly isWorse: boolean;
}

interface Watch {
  readonly topic: Topic;
  readonly attribute: RegExp;
  /** Whether going from the one value to the other is for the worse. @default unknown, so not said */
  readonly worse?: (before: Shown, after: Shown) => boolean;
}

const becomes = (wanted: boolean) => (before: Shown, after: Shown) =>
  isValue(after, wanted) && !isValue(before, wanted);
const isSmaller = (before: Shown, after: Shown) =>
  before.kind === "value" && after.kind === "value" && Number(after.value) < Number(before.value);
const isGone = (_before: Shown, after: Shown) => after.kind === "absent";

/** By the last parts of an attribute's path; the first that fits counts. */
const WATCHES: readonly Watch[] = [
  { topic: "protection", attribute: /(^|\.)force_destroy$/, worse: becomes(true) },
  { topic: "protection", attribute: /(^|\.)deletion_protection(_enabled)?$/, worse: becomes(false) },
  { topic: "protection", attribute: /(^|\.)(point_in_time_recovery\[0\]\.)enabled$/, worse: becomes(false) },
  {
    topic: "protection",
    attribute: /(^|\.)versioning_configuration\[0\]\.status$/,
    worse: (_, after) => !isValue(after, "Enabled"),
  },
  { topic: "protection", attribute: /(^|\.)permissions_boundary$/, worse: isGone },
  { topic: "protection", attribute: /(^|\.)(prevent_destroy|skip_destroy|recursive_delete_option)$/ },
  {
    topic: "encryption",
    attribute: /kms_(master_)?key|sse_|encrypt|enable_key_rotation/,
    worse: (before, after) => isGone(before, after) || becomes(false)(before, after),
  },
  { topic: "retention", attribute: /retention_in_days$|_retention_seconds$|retention_period$/, worse: isSmaller },
  { topic: "retention", attribute: /(deletion|recovery)_window_in_days$/, worse: isSmaller },
  {
    topic: "retention",
    attribute: /(expiration|transition)\[\d+\]\.(days|noncurrent_days|storage_class)$/,
    worse: isSmaller,
  },
  { topic: "network", attribute: /(block|ignore|restrict)_public_\w+$/, worse: becomes(false) },
  {
    topic: "network",
    attribute: /cidr|subnet|security_group|(^|\.)vpc|ingress|egress|route|publicly_accessible|private_dns/,
  },
  { topic: "schedule", attribute: /schedule|(^|\.)cron|timezone|maximum_batching_window/ },
];

/**
 * The changes among these that a reviewer should see, and whether they are for the worse.
 *
 * @param isAnew whether the resource is made anew: then what is known after apply is so because all of it is
 */
export function concernsOf(differences: readonly Difference[], isAnew: boolean): Concern[] {
  return differences.flatMap((difference) => {
    if (isAnew && difference.after.kind === "unknown") return [];
    const watch = WATCHES.find(({ attribute }) => attribute.test(difference.path));
    if (watch === undefined) return [];
    const isWorse = watch.worse?.(difference.before, difference.after) ?? false;
    return [{ topic: watch.topic, difference, isWorse }];
  });
}

function isValue(shown: Shown, value: string | boolean): boolean {
  return shown.kind === "value" && shown.value === value;
}
