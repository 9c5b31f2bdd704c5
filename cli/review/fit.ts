import { count } from "../lib/table";

/** A part of a review. */
export interface Block {
  /** What it begins with: a heading, or more. */
  readonly head: string;
  /** Lines; those that are indented belong to the one above. */
  readonly lines: readonly string[];
  /** Its lines in a few words, for where there is no room for them. */
  readonly summary: string;
}

/** Lines that are folded away where they are more. */
const UNFOLDED = 30;

/** Room for the words that say what was left out, in characters. */
const WORDS = 200;

const NOTE = '_Shortened to fit: what is told "in part" or "in short" is whole in the JSON review._\n';

/**
 * Lays blocks out, the most important first, in so many characters: each in full where the room that is left allows, else as many of its
 * lines as fit, and how many there are more.
 *
 * @param max characters; each block's summary has room in any case
 */
export function fitted(blocks: readonly Block[], max: number): string {
  const whole = blocks.map((block) => text(block, block.lines.length)).join("\n");
  if (whole.length <= max) return whole;
  let room = max - NOTE.length - blocks.reduce((sum, block) => sum + text(block, 0).length + 1, 0);
  const parts = blocks.map((block, index) => {
    const short = text(block, 0);
    // What comes first must not push out all the rest.
    const [shown, part] = longest(block, short.length + (index === 0 ? room / 2 : room));
    room -= Math.max(0, part.length - short.length);
    return shown === 0 ? short : part;
  });
  return `${parts.join("\n")}\n${NOTE}`;
}

/** As many lines of a block as fit, whole items only. */
function longest(block: Block, max: number): [number, string] {
  const full = text(block, block.lines.length);
  if (full.length <= max) return [block.lines.length, full];
  let [shown, length] = [0, block.head.length + 2 * block.summary.length + WORDS];
  for (const line of block.lines) {
    length += line.length + 1;
    if (length > max) break;
    shown += 1;
  }
  while (shown > 0 && block.lines[shown]?.startsWith(" ") === true) shown -= 1;
  return [shown, text(block, shown)];
}

function text({ head, lines, summary }: Block, shown: number): string {
  if (lines.length === 0) return head;
  if (shown === 0) return `${head}, in short\n\n${summary}\n`;
  const body = lines.slice(0, shown).join("\n");
  const isWhole = shown === lines.length;
  const rest = isWhole ? "" : `\n\n_… and ${count(lines.length - shown)} more lines of this part (${summary})._`;
  const title = `${head}${isWhole ? "" : ", in part"}\n\n`;
  if (shown <= UNFOLDED) return `${title}${body}${rest}\n`;
  return `${title}<details><summary>${summary}</summary>\n\n${body}\n\n</details>${rest}\n`;
}
