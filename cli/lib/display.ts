/**
 * Lines that change while something goes on: rewritten in place on a terminal; elsewhere, such as in a log of CI, each line is printed
 * when what it says has changed.
 */
export class Display {
  private drawn = 0;
  private readonly printed = new Map<string, string>();

  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {}

  /**
   * Shows lines, in the place of those shown before.
   *
   * @param lines each with an identity, the text for a terminal, and what of it is worth a new line elsewhere (undefined: not yet)
   */
  show(lines: readonly DisplayLine[]): void {
    if (this.stream.isTTY) this.redraw(lines.map(({ text }) => text));
    else for (const line of lines) this.printOnce(line);
  }

  /** Leaves the lines as they are; what is shown next comes below. */
  keep(): void {
    this.drawn = 0;
    this.printed.clear();
  }

  private redraw(texts: readonly string[]): void {
    const width = this.stream.columns ?? 120;
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : "";
    // A line that wrapped would be two, and the next move up too short.
    this.stream.write(up + texts.map((text) => `\u001b[2K${text.slice(0, width - 1)}\n`).join(""));
    this.drawn = texts.length;
  }

  private printOnce({ id, plain }: DisplayLine): void {
    if (plain === undefined || this.printed.get(id) === plain) return;
    this.printed.set(id, plain);
    this.stream.write(`${plain}\n`);
  }
}

export interface DisplayLine {
  readonly id: string;
  readonly text: string;
  readonly plain: string | undefined;
}

/**
 * One line about something that goes on, such as `Uploading files  3/12`.
 */
export class Task {
  private readonly display = new Display();
  private readonly began = performance.now();

  constructor(private readonly title: string) {
    this.update("");
  }

  /** @param detail how far it is; on a terminal alone */
  update(detail: string): void {
    this.display.show([{ id: "task", text: `  … ${this.title}  ${detail}`, plain: `  … ${this.title}` }]);
  }

  /** @param detail what came of it */
  done(detail: string): void {
    const line = `  ✓ ${this.title}  ${[detail, `${((performance.now() - this.began) / 1000).toFixed(1)} s`].filter(Boolean).join(", ")}`;
    this.display.show([{ id: "task", text: line, plain: line }]);
  }
}

/** Says what should be looked at and stops nothing, where it does not get into output for programs. */
export function warn(sentences: readonly string[]): void {
  for (const sentence of sentences) console.error(`  ! ${sentence}`);
}
