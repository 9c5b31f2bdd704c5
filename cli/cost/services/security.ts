import { line, of } from "../bill";
import { blocksOf, type Resource } from "../resources";
import type { Service } from "./service";

/** The first two rotations of a key's material add its price once more each. */
const ROTATIONS_PAID = 2;
const DAYS_BETWEEN_ROTATIONS = 365;

/** Whether a trail keeps what is done with objects, and not only with buckets. */
const keepsObjects = ({ values }: Resource) =>
  blocksOf(values, "event_selector").some((one) => blocksOf(one, "data_resource").length > 0) ||
  blocksOf(values, "advanced_event_selector")
    .flatMap((one) => blocksOf(one, "field_selector"))
    .some((one) => JSON.stringify(one.equals ?? []).includes('"Data"'));

/** Keys, secrets, and who did what with which object. */
export const security: Service = {
  types: [
    "aws_kms_key",
    "aws_kms_alias",
    "aws_secretsmanager_secret",
    "aws_secretsmanager_secret_version",
    "aws_secretsmanager_secret_rotation",
    "aws_secretsmanager_secret_policy",
    "aws_cloudtrail",
  ],
  lines: (stack, { profile, runs, puts, gets }) => {
    const keys = stack.ofType("aws_kms_key");
    const rotated = keys.filter(({ values }) => values.enable_key_rotation === true).length;
    const rotations = Math.min(ROTATIONS_PAID, Math.floor(profile.lakeDays / DAYS_BETWEEN_ROTATIONS));
    return [
      line({ service: "KMS", item: "Keys", kind: "fixed", price: "kms.key" }, of(keys.length, "keys")),
      line(
        { service: "KMS", item: "Earlier material of rotated keys", kind: "fixed", price: "kms.key" },
        of(rotated, "keys"),
        of(rotations, `rotations in ${profile.lakeDays} days`),
      ),
      line(
        { service: "KMS", item: "Requests", kind: "usage", price: "kms.request" },
        of(keys.length === 0 ? 0 : runs * profile.kmsRequestsPerRun, "requests"),
      ),
      line(
        { service: "Secrets Manager", item: "Secrets", kind: "fixed", price: "secretsManager.secret" },
        of(stack.count("aws_secretsmanager_secret"), "secrets"),
      ),
      line(
        { service: "CloudTrail", item: "Events of objects", kind: "usage", price: "cloudTrail.dataEvent" },
        of(stack.ofType("aws_cloudtrail").filter(keepsObjects).length, "trails"),
        of(puts + gets, "requests to S3"),
      ),
    ];
  },
};
