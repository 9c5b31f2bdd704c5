import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportedDeclarations } from "../../../cli/reference/declarations";
import { outdated, pages } from "../../../cli/reference/main";
import { page } from "../../../cli/reference/page";

const folder = mkdtempSync(path.join(tmpdir(), "commerce-lake-reference-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PROPS = `
/** Größe, nicht exportiert. */
interface Hidden { readonly x: number }

/** What a shelf is. */
export interface ShelfProps extends Sizes<"cm"> {
  /**
   * Its name,
   * unique in the shop.
   */
  readonly name: string;
  /** Boards – at most ten. @default 4 */
  readonly boards?: number;
  /** Runs in the shop's own way. @default \`DEFAULTS.kind\` */
  readonly kind?: "wood" | "steel";
  readonly price?: Readonly<
    Record<string, readonly number[]>
  >;
}
`;

const SHELF = `
/**
 * Holds things.
 *
 * @example
 * const shelf = new Shelf({ name: "A" });
 * shelf.put("book");
 *
 * @throws Error where it is full.
 */
export class Shelf extends Base implements Holder {
  /** How many fit. */
  readonly room: number;
  private readonly secret: string;
  constructor(readonly props: ShelfProps) { super(); }
  /** Puts one down. @param board counted from the top. */
  put(thing: string, board = 1): boolean { return true; }
  override toString(): string { return ""; }
  protected inner() {}
  static of() {}
}
export class Unlisted {}
`;

test("what a module exports, in the order of its index, with types, defaults and comments", () => {
  mkdirSync(path.join(folder, "shelf"));
  writeFileSync(path.join(folder, "shelf", "props.ts"), PROPS);
  writeFileSync(path.join(folder, "shelf", "shelf.ts"), SHELF);
  const index = path.join(folder, "shelf", "index.ts");
  writeFileSync(index, 'export { Shelf } from "./shelf";\nexport { type Gone, type ShelfProps } from "./props";\n');
  expect(page("shelf", exportedDeclarations(index))).toBe(`# shelf: reference

What \`modules/shelf\` exports; [what it gives and guarantees](../../modules/shelf/README.md). Written by \`npm run reference\` from the types and their comments: change those.

## Shelf

Holds things.

\`\`\`ts
const shelf = new Shelf({ name: "A" });
shelf.put("book");
\`\`\`

| name | type | |
| --- | --- | --- |
| \`room\` | \`number\` | How many fit. |
| \`put\` | \`(thing: string, board = 1) => boolean\` | Puts one down. |

## ShelfProps

What a shelf is.

Has all of \`Sizes<"cm">\` as well.

| name | type | default | |
| --- | --- | --- | --- |
| \`name\` | \`string\` | **required** | Its name, unique in the shop. |
| \`boards\` | \`number\` | \`4\` | Boards – at most ten. |
| \`kind\` | \`"wood" \\| "steel"\` | \`DEFAULTS.kind\` | Runs in the shop's own way. |
| \`price\` | \`Readonly<Record<string, readonly number[]>>\` |  |  |
`);
});

test("a page that is missing, too many or different is seen", () => {
  const docs = path.join(folder, "docs");
  mkdirSync(docs);
  for (const [name, text] of [
    ["same.md", "same"],
    ["other.md", "other"],
    ["left.md", ""],
  ] as const)
    writeFileSync(path.join(docs, name), text);
  const wanted = new Map([
    ["same.md", "same"],
    ["other.md", "changed"],
    ["new.md", "new"],
  ]);
  expect(outdated(wanted, docs).sort()).toEqual(["left.md", "new.md", "other.md"]);
});

test("every module has its page", () => {
  const names = ["catalog", "etl", "ingestion", "lake", "monitoring", "orchestration", "query", "security"];
  expect([...pages().keys()]).toEqual(expect.arrayContaining(names.map((name) => `${name}.md`)));
  for (const [name, text] of pages()) expect([name, text]).toEqual([name, expect.stringMatching(/\n## \w+/)]);
});
