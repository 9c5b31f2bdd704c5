import fc from "fast-check";

// Hundreds of random cases take seconds on a busy machine.
jest.setTimeout(60_000);

/** A text cut into pieces anywhere, between the halves of a surrogate pair too, with empty pieces among them. */
export function cut<T extends { slice(start: number, end: number): T; readonly length: number }>(
  whole: T,
  at: readonly number[],
): T[] {
  const places = [0, ...at.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return places.slice(1).map((end, index) => whole.slice(places[index] ?? 0, end));
}

/** Places to cut at. */
export const cuts = fc.array(fc.nat(), { maxLength: 6 });
