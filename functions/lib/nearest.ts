/**
 * Finds what was meant by a word that is none.
 *
 * @param word as typed
 * @param known the words that there are
 * @returns the nearest; undefined where none is near: one that differs in more than a third of its letters
 * @example nearest("etljbos", ["EtlJobs", "RunCrawlers"]); // "EtlJobs"
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((one) => ({ one, distance: distance(word.toLowerCase(), one.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.ceil(best.one.length / 3) ? best.one : undefined;
}

/** Letters to put in, take out, change or swap with their neighbour (Damerau and Levenshtein, each letter touched once). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const at = (up: number, left: number) => (up === 0 ? row : rows[i - up])?.[j - left] ?? 0;
      const changed = at(1, 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(2, 2) + 1 : changed;
      row.push(Math.min(at(1, 0) + 1, at(0, 1) + 1, changed, swapped));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? 0;
}
