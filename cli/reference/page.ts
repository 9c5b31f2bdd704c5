import type { Declaration, Member } from "./declarations";

/** What runs when a page is out of date. */
export const COMMAND = "npm run reference";

/**
 * The reference of a module as Markdown.
 *
 * @param module its folder's name.
 */
export function page(module: string, declarations: readonly Declaration[]): string {
  const sections = declarations.map(section);
  return [
    `# ${module}: reference`,
    "",
    `What \`modules/${module}\` exports; [what it gives and guarantees](../../modules/${module}/README.md). Written by \`${COMMAND}\` from the types and their comments: change those.`,
    "",
    ...sections.flat(),
  ].join("\n");
}

function section({ kind, name, doc, extends: parents, members }: Declaration): string[] {
  const isOptional = members.some(({ required }) => !required);
  const also = parents.map((parent) => `\`${parent}\``).join(", ");
  return [
    `## ${name}`,
    "",
    ...(doc.text === "" ? [] : [doc.text, ""]),
    ...(parents.length === 0 ? [] : [`Has all of ${also} as well.`, ""]),
    ...(doc.example === undefined ? [] : ["```ts", doc.example, "```", ""]),
    ...(members.length === 0 ? [] : kind === "interface" && isOptional ? props(members) : outputs(members)),
  ];
}

const props = (members: readonly Member[]) => [
  "| name | type | default | |",
  "| --- | --- | --- | --- |",
  ...members.map(({ name, type, required, doc }) =>
    row([
      code(name),
      code(type),
      required ? "**required**" : doc.default === undefined ? "" : plain(doc.default),
      doc.text,
    ]),
  ),
  "",
];

const outputs = (members: readonly Member[]) => [
  "| name | type | |",
  "| --- | --- | --- |",
  ...members.map(({ name, type, doc }) => row([code(name), code(type), doc.text])),
  "",
];

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const code = (text: string) => `\`${text}\``;
/** As code, unless it has some already. */
const plain = (text: string) => (text.includes("`") ? text : code(text));
