/** What a Terraform expression of ours can hold; references are kept as `${…}` text. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/**
 * Reads the argument of a `${jsonencode(…)}` as Terraform would, references left as they are.
 *
 * @throws Error where the text is no such expression.
 */
export function decodeJsonencode(text: unknown): Value {
  const inner = typeof text === "string" ? /^\$\{jsonencode\((.*)\)\}$/s.exec(text)?.[1] : undefined;
  if (inner === undefined) throw new Error(`no jsonencode expression: ${String(text)}`);
  const reader = new Reader(inner);
  const value = reader.value();
  reader.end();
  return value;
}

/**
 * Reads a `${zipmap([…], […])}` of texts, references left as they are.
 *
 * @throws Error where the text is no such expression.
 */
export function decodeZipmap(text: unknown): Record<string, string> {
  const inner = typeof text === "string" ? /^\$\{zipmap\((.*)\)\}$/s.exec(text)?.[1] : undefined;
  if (inner === undefined) throw new Error(`no zipmap expression: ${String(text)}`);
  const reader = new Reader(`[${inner}]`);
  const [keys, values] = reader.value() as readonly [readonly string[], readonly string[]];
  reader.end();
  return Object.fromEntries(keys.map((key, index) => [key, String(values[index])]));
}

class Reader {
  private position = 0;

  constructor(private readonly text: string) {}

  value(): Value {
    const next = this.peek();
    if (next === "{") return this.object();
    if (next === "[") return this.list();
    if (next === '"') return this.string();
    const word = this.take(/[^,\]}\s]+/y);
    if (word === "true" || word === "false") return word === "true";
    if (word === "null") return null;
    return /^-?\d/.test(word) ? Number(word) : `\${${word}}`;
  }

  end(): void {
    if (this.peek() !== "") throw new Error(`unexpected ${JSON.stringify(this.text.slice(this.position))}`);
  }

  private object(): Value {
    const members: Record<string, Value> = {};
    this.expect("{");
    while (this.peek() !== "}") {
      const key = this.string();
      this.expect(this.peek() === ":" ? ":" : "=");
      members[key] = this.value();
      if (this.peek() === ",") this.expect(",");
    }
    this.expect("}");
    return members;
  }

  private list(): Value {
    const items: Value[] = [];
    this.expect("[");
    while (this.peek() !== "]") {
      items.push(this.value());
      if (this.peek() === ",") this.expect(",");
    }
    this.expect("]");
    return items;
  }

  private string(): string {
    this.peek();
    return JSON.parse(this.take(/"(?:[^"\\]|\\.)*"/y));
  }

  private peek(): string {
    while (/\s/.test(this.text.charAt(this.position))) this.position += 1;
    return this.text.charAt(this.position);
  }

  private expect(token: string): void {
    if (this.peek() !== token) {
      throw new Error(`expected ${token}, found ${JSON.stringify(this.text.slice(this.position, this.position + 40))}`);
    }
    this.position += 1;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) {
      throw new Error(`cannot read ${JSON.stringify(this.text.slice(this.position, this.position + 40))}`);
    }
    this.position += found.length;
    return found;
  }
}
