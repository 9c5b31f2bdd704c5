/**
 * How many records of a file are what. The generator counts while it writes, so that a batch's result can be compared with what was
 * put in: rows = kept + bad + duplicates.
 */
export interface Tally {
  rows: number;
  /** Records that break a rule. */
  bad: number;
  /** Sound records whose key came before in the same date. */
  duplicates: number;
}

/** What a record is, besides sound. */
export type Role = "sound" | "bad" | "duplicate";

/**
 * Fixed places rather than chance: so every file, however small, stays under the share of bad rows at which it is rejected, and
 * every kind of fault comes, in turn.
 */
export interface Places {
  /** One bad row in so many. */
  readonly badEvery: number;
  /** One duplicate in so many. */
  readonly duplicateEvery: number;
}

/** About 2 % bad rows and half a per cent of duplicates. */
export const USUAL: Places = { badEvery: 50, duplicateEvery: 200 };

/**
 * @param index of the record in its file, from 0
 * @returns what this record is to be. A duplicate repeats the record before it, which is sound: the two never follow each other.
 */
export function roleOf(index: number, { badEvery, duplicateEvery }: Places): Role {
  if (index % badEvery === 7) return "bad";
  if (index % duplicateEvery === duplicateEvery - 1) return "duplicate";
  return "sound";
}

/** Counts a record. */
export function tallyUp(tally: Tally, role: Role): void {
  tally.rows += 1;
  if (role === "bad") tally.bad += 1;
  if (role === "duplicate") tally.duplicates += 1;
}

/** The values of a record by column, as text. */
export type Fields = Readonly<Record<string, string>>;

/** @returns the values in the columns' order, separated by commas; they are quoted already where they must be */
export function csvLine(columns: readonly string[], fields: Fields): string {
  let line = fields[columns[0] ?? ""] ?? "";
  for (let index = 1; index < columns.length; index++) line += `,${fields[columns[index] ?? ""] ?? ""}`;
  return line;
}

/**
 * @param text a value
 * @returns it as a CSV field, quoted where it must be
 */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
