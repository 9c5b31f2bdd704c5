/** A column of a table for people. */
export interface Column {
  readonly title: string;
  /** Numbers go to the right. @default "left" */
  readonly align?: "left" | "right";
}

/** A column of numbers. */
export const right = (title: string): Column => ({ title, align: "right" });

/**
 * Lays rows out under their titles.
 *
 * @param columns the titles, in order
 * @param rows a text a column
 * @returns lines, indented by two spaces
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const [cell, width] = [cells[index] ?? "", widths[index] ?? 0];
        return align === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  const rule = widths.map((width) => "─".repeat(width));
  return [line(titles), rule.join("  "), ...rows.map(line)].map((text) => `  ${text}`);
}

/**
 * @param value a number
 * @returns it with its thousands set apart, as in `1,234,567`
 */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/**
 * @param seconds a duration
 * @returns it as people say it: `0.4 s`, `12 s`, `3 min 05 s`
 */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}
