import path from "node:path";
import { ROOT } from "../lib/paths";

/** The page for people whose steps are rehearsed. */
export const PAGE = path.join(ROOT, "docs", "operations.md");

/** Between these, the page says what was rehearsed. */
const BEGIN = "<!-- rehearsed: written by npm run test:recovery -->";
const END = "<!-- end of rehearsed -->";

/** What a command line of the page stands for: words in capitals. */
export type Values = Readonly<Record<string, string>>;

/**
 * @param page in Markdown
 * @param section title of one of its parts
 * @returns the command lines that the part tells people to type, in order
 * @throws Error where there is no such part
 */
export function commandsOf(page: string, section: string): string[] {
  const [, ...parts] = page.split(/^#{2,3} /m);
  const text = parts.find((part) => part.startsWith(`${section}\n`));
  if (text === undefined) throw new Error(`docs/operations.md has no part "${section}".`);
  return [...text.matchAll(/`((?:aws|npm run) [^`]+)`/g)].map(([, line = ""]) => line);
}

/**
 * Puts values in the places of a command line.
 *
 * @throws Error on a place without a value: nobody types it so
 */
export function fill(line: string, values: Values): string {
  return line.replaceAll(/(?<![A-Za-z0-9])[A-Z]{2,}(?![A-Za-z0-9])/g, (place) => {
    const value = values[place];
    if (value === undefined) throw new Error(`Nothing is known to put for ${place} in: ${line}`);
    return value;
  });
}

/**
 * @param page in Markdown
 * @param textOf what was rehearsed, of what the page says of it
 * @returns the page with it in its place
 */
export function withRehearsed(page: string, textOf: (before: string) => string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/operations.md has lost its place for ${BEGIN}.`);
  const start = begin + BEGIN.length;
  return `${page.slice(0, start)}\n\n${textOf(page.slice(start, end)).trim()}\n\n${page.slice(end)}`;
}
