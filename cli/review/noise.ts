import type { Difference } from "./differences";

/** A difference between state and account that nobody has made. */
interface Noise {
  readonly type: RegExp;
  readonly path: RegExp;
  /** Whether it is noise only where a value appears that was absent and says nothing. */
  readonly onlyDefaults?: true;
  readonly why: string;
}

/** Known noise; the first that fits counts. */
const NOISE: readonly Noise[] = [
  {
    type: /^aws_s3_bucket$/,
    path: /^(policy|versioning|server_side_encryption_configuration|lifecycle_rule|logging|grant|acl|cors_rule|replication_configuration|website|request_payer|object_lock_configuration|acceleration_status)\b/,
    why: "these settings are resources of their own, which are compared themselves; the bucket mirrors them",
  },
  {
    type: /^aws_iam_role$/,
    path: /^(inline_policy|managed_policy_arns)\b/,
    why: "policies of a role are resources of their own, which are compared themselves; the role mirrors them",
  },
  {
    type: /^aws_sns_topic$/,
    path: /^policy$/,
    why: "a topic's policy is a resource of its own, which is compared itself; the topic mirrors it",
  },
  { type: /./, path: /./, onlyDefaults: true, why: "the provider writes down a default that it had left out" },
];

/**
 * Why a difference between what the state says and what is there means nothing.
 *
 * @param type of the resource
 * @returns undefined where somebody has changed something
 */
export function noiseOf(type: string, { path, before, after }: Difference): string | undefined {
  const isDefault =
    before.kind === "absent" && after.kind === "value" && ["", false, 0, "0"].some((one) => one === after.value);
  const noise = NOISE.find(
    (one) => one.type.test(type) && one.path.test(path) && (one.onlyDefaults !== true || isDefault),
  );
  return noise?.why;
}
