import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type ClassMember, type ModuleItem, parseSync, type TsTypeElement } from "@swc/core";

/** A property or a method, as a caller sees it. */
export interface Member {
  readonly name: string;
  /** Its type; of a method its parameters and result. */
  readonly type: string;
  readonly required: boolean;
  readonly doc: Doc;
}

/** An exported interface or class. */
export interface Declaration {
  readonly kind: "interface" | "class";
  readonly name: string;
  /** What it extends, and so has as well. */
  readonly extends: readonly string[];
  readonly doc: Doc;
  readonly members: readonly Member[];
}

/** A doc comment. */
export interface Doc {
  /** What comes before the first tag, in one line. */
  readonly text: string;
  /** What `@default` says. */
  readonly default?: string;
  /** What `@example` shows. */
  readonly example?: string;
}

/**
 * The interfaces and classes that a module exports, in the order of its exports.
 *
 * (TypeScript 7 has no API for programs yet; swc, which the tests are compiled with, tells where declarations are.)
 *
 * @param index the module's `index.ts`.
 */
export function exportedDeclarations(index: string): Declaration[] {
  return parse(index).items.flatMap((item) => {
    if (item.type !== "ExportNamedDeclaration" || !item.source) return [];
    const file = path.join(path.dirname(index), `${item.source.value}.ts`);
    // A folder's own index gives building blocks of its own: not what a platform engineer calls.
    if (!existsSync(file)) return [];
    const names = item.specifiers.flatMap((one) => (one.type === "ExportSpecifier" ? [one.orig.value] : []));
    const known = declarations(file);
    return names.flatMap((name) => known.filter((declaration) => declaration.name === name));
  });
}

/** A file's syntax tree, and the text of what it names. */
function parse(file: string) {
  // swc counts bytes, from a number of its own choice: that of the semicolon.
  const source = Buffer.from(`;${readFileSync(file, "utf8")}`);
  const { body } = parseSync(source.toString(), { syntax: "typescript", decorators: true, target: "es2022" });
  const [first, ...items] = body;
  const origin = first?.span.start ?? 0;
  const text = (from: number, to: number) => source.subarray(from - origin, to - origin).toString();
  return {
    items,
    textOf: ({ span }: { readonly span: { readonly start: number; readonly end: number } }) =>
      text(span.start, span.end),
    docOf: ({ span }: { readonly span: { readonly start: number } }) => docBefore(text(origin, span.start)),
  };
}

type Source = ReturnType<typeof parse>;

function declarations(file: string): Declaration[] {
  const source = parse(file);
  return source.items.flatMap((item) => declaration(item, source) ?? []);
}

function declaration(item: ModuleItem, source: Source): Declaration | undefined {
  if (item.type !== "ExportDeclaration") return undefined;
  const { declaration: node } = item;
  const doc = source.docOf(item);
  if (node.type === "TsInterfaceDeclaration") {
    return {
      kind: "interface",
      name: node.id.value,
      extends: node.extends.map((one) => source.textOf(one)),
      doc,
      members: node.body.body.flatMap((one) => interfaceMember(one, source) ?? []),
    };
  }
  if (node.type === "ClassDeclaration") {
    return {
      kind: "class",
      name: node.identifier.value,
      extends: [],
      doc,
      members: node.body.flatMap((one) => classMember(one, source) ?? []),
    };
  }
  return undefined;
}

function interfaceMember(node: TsTypeElement, source: Source): Member | undefined {
  if (node.type === "TsPropertySignature" && node.key.type === "Identifier") {
    const type = node.typeAnnotation ? source.textOf(node.typeAnnotation.typeAnnotation) : "unknown";
    return { name: node.key.value, type: typeOf(type), required: !node.optional, doc: source.docOf(node) };
  }
  if (node.type === "TsMethodSignature" && node.key.type === "Identifier") {
    const result = node.typeAnn ? source.textOf(node.typeAnn.typeAnnotation) : "void";
    const parameters = node.params.map((one) => source.textOf(one)).join(", ");
    return {
      name: node.key.value,
      type: typeOf(`(${parameters}) => ${result}`),
      required: !node.optional,
      doc: source.docOf(node),
    };
  }
  return undefined;
}

function classMember(node: ClassMember, source: Source): Member | undefined {
  if (node.type !== "ClassProperty" && node.type !== "ClassMethod") return undefined;
  const isOurs =
    node.accessibility === "private" || node.accessibility === "protected" || node.isStatic || node.isOverride;
  if (isOurs || node.key.type !== "Identifier") return undefined;
  const common = { name: node.key.value, doc: source.docOf(node) };
  if (node.type === "ClassProperty") {
    const type = node.typeAnnotation ? source.textOf(node.typeAnnotation.typeAnnotation) : "unknown";
    return { ...common, type: typeOf(type), required: !node.isOptional };
  }
  const { params, returnType } = node.function;
  const result = returnType ? source.textOf(returnType.typeAnnotation) : "void";
  const parameters = params.map((one) => source.textOf(one)).join(", ");
  return { ...common, type: typeOf(`(${parameters}) => ${result}`), required: true };
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();

/** A type that may have been written over several lines. */
const typeOf = (text: string) =>
  oneLine(text)
    .replaceAll(/([<([]) /g, "$1")
    .replaceAll(/,? ([>)\]])/g, "$1");

/** The doc comment that a text ends with. */
function docBefore(text: string): Doc {
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text)?.[1] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const [head = "", ...tags] = lines.join("\n").split(/(?:^|\s)@(?=(?:param|returns|throws|see|example|default)\b)/);
  const tag = (name: string) =>
    tags
      .find((one) => one.startsWith(name))
      ?.slice(name.length)
      .trim();
  const [byDefault, example] = [tag("default"), tag("example")];
  return {
    text: oneLine(head),
    ...(byDefault === undefined ? {} : { default: oneLine(byDefault) }),
    ...(example === undefined ? {} : { example }),
  };
}
