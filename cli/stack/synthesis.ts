import { decodeJsonencode, decodeZipmap, type Value } from "./expression";

/** A resource as Terraform gets it. */
export type Resource = Readonly<Record<string, unknown>> & {
  /** `type.name` */
  readonly address: string;
  readonly type: string;
};

/** One statement of an IAM policy, lists always lists. */
export interface Statement {
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly principals: Readonly<Record<string, readonly string[]>>;
  readonly conditions: Value;
}

/** A synthesized stack, asked for every resource of a type rather than for any one. */
export class Synthesis {
  private resources?: readonly Resource[];

  constructor(readonly json: Readonly<Record<string, unknown>>) {}

  all(): readonly Resource[] {
    this.resources ??= this.read();
    return this.resources;
  }

  private read(): Resource[] {
    const types = Object.entries(member(this.json, "resource"));
    return types.flatMap(([type, named]) =>
      Object.entries(asObject(named)).map(([name, config]) => ({
        ...asObject(config),
        address: `${type}.${name}`,
        type,
      })),
    );
  }

  /** Every resource of a type; there must be some, or a policy over them would hold for nothing. */
  every(type: string): [Resource, ...Resource[]] {
    const [first, ...rest] = this.all().filter((resource) => resource.type === type);
    if (first === undefined) throw new Error(`the stack has no ${type}`);
    return [first, ...rest];
  }

  has(type: string): boolean {
    return this.all().some((resource) => resource.type === type);
  }

  only(type: string): Resource {
    const [only, ...others] = this.every(type);
    if (others.length > 0) throw new Error(`the stack has ${others.length + 1} of ${type}`);
    return only;
  }

  /** The resource of a type whose attribute has a value. */
  find(type: string, attribute: string, value: unknown): Resource {
    const found = this.every(type).find((resource) => resource[attribute] === value);
    if (found === undefined) throw new Error(`no ${type} whose ${attribute} is ${String(value)}`);
    return found;
  }

  addresses(): string[] {
    return [
      ...this.all().map(({ address }) => address),
      ...Object.entries(member(this.json, "data")).flatMap(([type, named]) =>
        Object.keys(asObject(named)).map((name) => `data.${type}.${name}`),
      ),
      ...Object.entries(member(this.json, "ephemeral")).flatMap(([type, named]) =>
        Object.keys(asObject(named)).map((name) => `ephemeral.${type}.${name}`),
      ),
    ].sort();
  }
}

/** The value that an attribute written by `Fn.jsonencode` has. */
export const decoded = decodeJsonencode;

/** The map that an attribute written by `Fn.zipmap` has. */
export const zipped = decodeZipmap;

/** The statements of a policy attribute, written by `Fn.jsonencode`. */
export function statements(policy: unknown): Statement[] {
  return asList(asObject(decodeJsonencode(policy)).Statement).map((raw) => {
    const statement = asObject(raw);
    const principal = statement.Principal ?? {};
    return {
      sid: String(statement.Sid ?? ""),
      effect: String(statement.Effect),
      actions: asTexts(statement.Action),
      resources: asTexts(statement.Resource ?? []),
      principals:
        typeof principal === "string"
          ? { "*": [principal] }
          : Object.fromEntries(Object.entries(asObject(principal)).map(([kind, who]) => [kind, asTexts(who)])),
      conditions: (statement.Condition ?? {}) as Value,
    };
  });
}

export function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`no object: ${JSON.stringify(value)}`);
  }
  return { ...value };
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function asTexts(value: unknown): string[] {
  return asList(value).map(String);
}

function member(json: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  return asObject(json[name] ?? {});
}
