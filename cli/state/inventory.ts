import { asObject, type Synthesis } from "../stack/synthesis";

/** A resource of the state, and what an auditor asks of it. */
export interface InventoryRow {
  readonly address: string;
  /** Path of its construct; empty where the stack of today no longer has it. */
  readonly path: string;
  /** The first construct of the path below the stack: the module's. */
  readonly module: string;
  /** Tag `Team`. */
  readonly owner: string;
  /** Tag `CostCenter`. */
  readonly costCenter: string;
  /** What encrypts what it holds; empty where it holds nothing. */
  readonly encryption: string;
  /** What stands in the way of its deletion; empty where nothing does, or nothing is lost with it. */
  readonly protection: string;
}

export const INVENTORY_COLUMNS = [
  "address",
  "path",
  "module",
  "owner",
  "costCenter",
  "encryption",
  "protection",
] as const satisfies readonly (keyof InventoryRow)[];

/** A resource as a state has it. */
export interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The managed resources of what `terraform show -json` says of a state, those of child modules among them. */
export function resourcesOfState(text: string): StateResource[] {
  const { values = {} } = asObject(JSON.parse(text));
  const collect = (module: unknown): StateResource[] => {
    const { resources = [], child_modules = [] } = asObject(module ?? {});
    const own = list(resources).flatMap((one) => {
      const { mode, address, type, values: attributes } = asObject(one);
      return mode === "managed"
        ? [{ address: String(address), type: String(type), values: asObject(attributes ?? {}) }]
        : [];
    });
    return [...own, ...list(child_modules).flatMap(collect)];
  };
  return collect(asObject(values).root_module);
}

/** Every resource of a state, in the order of its addresses. */
export function inventory(resources: readonly StateResource[], stack: Synthesis): InventoryRow[] {
  const declared = new Map(stack.all().map((resource) => [resource.address, resource]));
  return resources
    .map((resource) => {
      const { address, values } = resource;
      const config = asObject(declared.get(address) ?? {});
      const path = String(asObject(asObject(config["//"] ?? {}).metadata ?? {}).path ?? "");
      const tags = asObject(values.tags_all ?? {});
      return {
        address,
        path,
        module: path.split("/")[1] ?? "",
        owner: String(tags.Team ?? ""),
        costCenter: String(tags.CostCenter ?? ""),
        encryption: encryptionOf(resource, resources),
        protection: protectionOf(resource, config),
      };
    })
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** By type: what encrypts. AWS's own key means one that AWS manages and that costs nothing. */
function encryptionOf({ type, values }: StateResource, all: readonly StateResource[]): string {
  const key = (attribute: string, otherwise: string) => String(values[attribute] || otherwise);
  switch (type) {
    case "aws_s3_bucket": {
      const configuration = all.find(
        (one) =>
          one.type === "aws_s3_bucket_server_side_encryption_configuration" && one.values.bucket === values.bucket,
      );
      const rule = first(first(configuration?.values.rule).apply_server_side_encryption_by_default);
      return String(rule.kms_master_key_id || rule.sse_algorithm || "none");
    }
    case "aws_dynamodb_table": {
      const sse = first(values.server_side_encryption);
      return sse.enabled === true ? String(sse.kms_key_arn || "AWS's own key") : "DynamoDB's own key";
    }
    case "aws_sqs_queue":
      return key("kms_master_key_id", values.sqs_managed_sse_enabled === true ? "SQS's own key" : "none");
    case "aws_sns_topic":
      return key("kms_master_key_id", "none");
    case "aws_cloudwatch_log_group":
      return key("kms_key_id", "CloudWatch's own key");
    case "aws_cloudtrail":
      return key("kms_key_id", "S3's own key");
    case "aws_secretsmanager_secret":
      return key("kms_key_id", "AWS's own key");
    case "aws_lambda_function":
      return key("kms_key_arn", "Lambda's own key");
    case "aws_kms_key":
      return values.enable_key_rotation === true ? "is a key, rotated" : "is a key, never rotated";
    default:
      return "";
  }
}

function protectionOf({ type, values }: StateResource, config: Readonly<Record<string, unknown>>): string {
  const lifecycle = asObject(config.lifecycle ?? {});
  return [
    ...(lifecycle.prevent_destroy === true ? ["prevent_destroy"] : []),
    ...(values.deletion_protection_enabled === true ? ["deletion protection"] : []),
    ...(type === "aws_s3_bucket"
      ? [values.force_destroy === true ? "none: deleted with its objects" : "while it holds objects"]
      : []),
    ...(type === "aws_kms_key" ? [`${String(values.deletion_window_in_days || 30)} days`] : []),
    ...(type === "aws_secretsmanager_secret" ? [`${String(values.recovery_window_in_days ?? 30)} days`] : []),
  ].join(", ");
}

function first(value: unknown): Record<string, unknown> {
  const [one] = list(value);
  return typeof one === "object" && one !== null && !Array.isArray(one) ? { ...one } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A table as CSV, by RFC 4180; what a spreadsheet would take for a formula is set in quotes as text. */
export function csv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
