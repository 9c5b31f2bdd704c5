import { decoded, type Synthesis } from "../stack/synthesis";
import { isMarked } from "./differences";
import { isObject, jsonOf, type Plan, type PlanValue } from "./plan";

/**
 * What a synthesized stack says of its resources. Terraform knows nothing of a policy before apply where it names something that is yet
 * to be made, such as the ARN of a new bucket; the stack does, and names that by its address.
 */
export class Declared {
  private readonly resources: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  private readonly known: ReadonlyMap<string, { readonly [name: string]: PlanValue }>;

  /** @param plan fills in what is known of the stack's references */
  constructor(
    readonly stack: Synthesis,
    plan: Plan,
  ) {
    this.resources = new Map(stack.all().map((resource) => [resource.address, resource]));
    this.known = new Map(
      [...plan.resource_changes, ...plan.data].flatMap(({ address, change }) => {
        const { after, after_sensitive } = change;
        if (!isObject(after) || after_sensitive === true) return [];
        const shown = Object.entries(after).filter(
          ([name]) => !(isObject(after_sensitive) && isMarked(after_sensitive[name])),
        );
        return [[address, Object.fromEntries(shown)] as const];
      }),
    );
  }

  /**
   * A policy document of a resource, what is not known yet by the reference to it, as in `${aws_s3_bucket.Lake.arn}/*`.
   *
   * @returns undefined where the stack has no such document
   */
  document(address: string, attribute: string): PlanValue | undefined {
    const text = this.resources.get(address)?.[attribute];
    if (typeof text !== "string") return undefined;
    const document = text.startsWith("${jsonencode(") ? decoded(text) : jsonOf(text);
    return document === undefined ? undefined : this.resolved(document);
  }

  /** Whether the stack says anything of an attribute of a resource. */
  says(address: string, attribute: string): boolean {
    return this.resources.get(address)?.[attribute] !== undefined;
  }

  private resolved(value: PlanValue): PlanValue {
    if (typeof value === "string") {
      return value.replace(/\$\{((?:data\.)?\w+\.\w+)\.(\w+)\}/g, (reference, address: string, attribute: string) => {
        const found = this.known.get(address)?.[attribute];
        return typeof found === "string" ? found : reference;
      });
    }
    if (isObject(value)) {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.resolved(part)]));
    }
    return Array.isArray(value) ? value.map((part: PlanValue) => this.resolved(part)) : value;
  }
}
