/**
 * Gives each row a column of its own, so that the sum of what they are worth to each other is the highest there is (the Hungarian method).
 *
 * @param worth of each column to each row; all rows are of one length
 * @returns the column of each row; undefined where there are fewer columns than rows and another needs it more
 * @example
 * assigned([[0.9, 0.8], [0.85, 0.1]]); // [1, 0]: the first gives way, for the second has nothing else
 */
export function assigned(worth: readonly (readonly number[])[]): (number | undefined)[] {
  const rows = worth.length;
  const columns = worth[0]?.length ?? 0;
  const size = Math.max(rows, columns);
  // Rows and columns that are not there are worth nothing; what is cheapest is found, so worth is turned round. All are counted from 1.
  const cost = (row: number, column: number) => -(worth[row - 1]?.[column - 1] ?? 0);
  const zeros = () => new Array<number>(size + 1).fill(0);
  const [byRow, byColumn, rowOf] = [zeros(), zeros(), zeros()];
  const at = (list: readonly number[], index: number) => list[index] ?? 0;
  for (let row = 1; row <= size; row += 1) {
    rowOf[0] = row;
    let column = 0;
    const from = zeros();
    const slack = new Array<number>(size + 1).fill(Number.POSITIVE_INFINITY);
    const seen = new Set<number>();
    // Follows the tightest column from row to row, until one is free.
    do {
      seen.add(column);
      const here = at(rowOf, column);
      let [delta, next] = [Number.POSITIVE_INFINITY, 0];
      for (let other = 1; other <= size; other += 1) {
        if (seen.has(other)) continue;
        const reduced = cost(here, other) - at(byRow, here) - at(byColumn, other);
        if (reduced < at(slack, other)) [slack[other], from[other]] = [reduced, column];
        if (at(slack, other) < delta) [delta, next] = [at(slack, other), other];
      }
      for (let other = 0; other <= size; other += 1) {
        if (seen.has(other)) {
          byRow[at(rowOf, other)] = at(byRow, at(rowOf, other)) + delta;
          byColumn[other] = at(byColumn, other) - delta;
        } else slack[other] = at(slack, other) - delta;
      }
      column = next;
    } while (at(rowOf, column) !== 0);
    // Hands the columns on, back along the way.
    while (column !== 0) {
      rowOf[column] = at(rowOf, at(from, column));
      column = at(from, column);
    }
  }
  const found: (number | undefined)[] = new Array(rows).fill(undefined);
  for (let column = 1; column <= columns; column += 1) {
    const row = at(rowOf, column);
    if (row >= 1 && row <= rows) found[row - 1] = column - 1;
  }
  return found;
}
