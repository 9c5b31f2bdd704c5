import * as fc from "fast-check";
import { assigned } from "../../../cli/lib/assignment";

test.each<[string, number[][], (number | undefined)[]]>([
  ["nobody", [], []],
  ["nothing to have", [[], []], [undefined, undefined]],
  [
    "the first gives way where the second has nothing else",
    [
      [0.9, 0.8],
      [0.85, 0.1],
    ],
    [1, 0],
  ],
  ["more columns than rows", [[0.1, 0.2, 0.9]], [2]],
  ["more rows than columns", [[0.2], [0.9], [0.1]], [undefined, 0, undefined]],
])("%s", (_, worth, expected) => {
  expect(assigned(worth)).toEqual(expected);
});

test("nobody could be better off together", () => {
  const matrix = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
  fc.assert(
    fc.property(matrix, (worth) => {
      const columns = assigned(worth);
      const taken = columns.filter((column) => column !== undefined);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken.length).toBe(Math.min(worth.length, worth[0]?.length ?? 0));
      const sum = columns.reduce<number>((total, column, row) => total + (worth[row]?.[column ?? -1] ?? 0), 0);
      expect(sum).toBe(best(worth));
    }),
  );
});

/** The highest sum, by trying everything. */
function best(worth: readonly (readonly number[])[], row = 0, taken: readonly number[] = []): number {
  const values = worth[row];
  if (values === undefined) return 0;
  const without = best(worth, row + 1, taken);
  const having = values.map((value, column) =>
    taken.includes(column) ? 0 : value + best(worth, row + 1, [...taken, column]),
  );
  return Math.max(without, ...having);
}
