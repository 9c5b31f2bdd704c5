import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** A value that an item of a ledger holds. */
export type ItemValue = string | number | boolean | readonly ItemValue[] | { readonly [name: string]: ItemValue };
export type Item = Readonly<Record<string, ItemValue>>;

/** An item as DynamoDB takes it; what is undefined is left out. */
export function toAttributes(item: Readonly<Record<string, ItemValue | undefined>>): Record<string, AttributeValue> {
  const present = Object.entries(item).filter((entry): entry is [string, ItemValue] => entry[1] !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, toAttribute(value)]));
}

/** An item as DynamoDB gives it. */
export function fromAttributes(attributes: Readonly<Record<string, AttributeValue>>): Item {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, fromAttribute(value)]));
}

/** A member of a map, undefined where there is no map or no such member. */
export function member(value: ItemValue | undefined, name: string): ItemValue | undefined {
  return typeof value === "object" && !isList(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function toAttribute(value: ItemValue): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  return isList(value) ? { L: value.map(toAttribute) } : { M: toAttributes(value) };
}

function isList(value: readonly ItemValue[] | { readonly [name: string]: ItemValue }): value is readonly ItemValue[] {
  return Array.isArray(value);
}

function fromAttribute(value: AttributeValue): ItemValue {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L !== undefined) return value.L.map(fromAttribute);
  if (value.M !== undefined) return fromAttributes(value.M);
  throw new Error(`The ledgers hold no attribute of type ${Object.keys(value).join(", ")}.`);
}
