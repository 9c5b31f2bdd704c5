import { CliError } from "../lib/errors";

/** A resource of a stack, as far as it is known before it is made. */
export interface Resource {
  /** `aws_kms_key.LogsKey_1A2B3C4D` */
  readonly address: string;
  readonly type: string;
  /** Its attributes; what Terraform knows after apply only is missing, or a reference `${…}`. */
  readonly values: Attributes;
}

/** Attributes of a resource or of one of its blocks. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Which side of a plan: what is there, or what will be. */
export type Side = "before" | "after";

/**
 * The resources of a stack, from any document of Terraform's that holds them.
 *
 * @param document a synthesized stack (`cdk.tf.json`), a plan or a state (both of `terraform show -json`), parsed
 * @param side of a plan; a stack and a state have but one
 * @param place where the document is from, for messages
 * @throws CliError where it is none of these
 * @example
 * const before = monthlyCost(resourcesOf(plan, "before", "plan.json"), profile());
 */
export function resourcesOf(document: unknown, side: Side, place: string): Resource[] {
  if (!isAttributes(document)) throw unknownDocument(place, "no JSON object");
  if (Array.isArray(document.resource_changes)) return ofChanges(document.resource_changes, side);
  if (isAttributes(document.values)) return ofModule(document.values.root_module);
  if (isAttributes(document.planned_values)) return ofModule(document.planned_values.root_module);
  if (isAttributes(document.terraform)) return ofConfiguration(document.resource);
  // What `terraform show -json` says of a state without resources.
  if (typeof document.format_version === "string") return [];
  throw unknownDocument(place, `an object with ${Object.keys(document).slice(0, 5).join(", ") || "nothing in it"}`);
}

function unknownDocument(place: string, received: string): CliError {
  return new CliError(
    `${place} is no stack whose cost can be told: it is ${received}.\n` +
      "  try   cdk.tf.json of `npm run synth`, or what `terraform show -json` says of a plan or a state",
  );
}

function ofConfiguration(types: unknown): Resource[] {
  return entries(types).flatMap(([type, named]) =>
    entries(named).map(([name, values]) => ({ address: `${type}.${name}`, type, values: attributes(values) })),
  );
}

function ofChanges(changes: readonly unknown[], side: Side): Resource[] {
  return changes.flatMap((one) => {
    const { address, type, mode, change } = attributes(one);
    const values = attributes(change)[side];
    if (mode !== "managed" || typeof type !== "string" || !isAttributes(values)) return [];
    return [{ address: String(address), type, values }];
  });
}

function ofModule(module: unknown): Resource[] {
  const { resources, child_modules: children } = attributes(module);
  const own = (Array.isArray(resources) ? resources : []).flatMap((one) => {
    const { address, type, mode, values } = attributes(one);
    return mode === "managed" && typeof type === "string"
      ? [{ address: String(address), type, values: attributes(values) }]
      : [];
  });
  return [...own, ...(Array.isArray(children) ? children : []).flatMap(ofModule)];
}

/** @returns whether a value is an object of JSON */
export function isAttributes(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const attributes = (value: unknown): Attributes => (isAttributes(value) ? value : {});
const entries = (value: unknown): [string, unknown][] => Object.entries(attributes(value));

/** A number of a resource, or what it is where nothing says. */
export function numberOf(values: Attributes, name: string, otherwise: number): number {
  const value = values[name];
  return typeof value === "number" ? value : otherwise;
}

/** A text of a resource, empty where nothing says. */
export function textOf(values: Attributes, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}

/** The values of a list; none where it is not known. */
export function listOf(values: Attributes, name: string): readonly unknown[] {
  const value = values[name];
  return Array.isArray(value) ? value : [];
}

/** The blocks of a name: Terraform writes a list, a synthesized stack may write a single block as it is. */
export function blocksOf(values: Attributes, name: string): readonly Attributes[] {
  const value = values[name];
  return (Array.isArray(value) ? value : [value]).filter(isAttributes);
}
