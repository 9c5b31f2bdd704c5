import { contracts } from "../../contracts";
import { lottery, type Random } from "./random";
import { csvField, csvLine, type Fields, roleOf, type Tally, tallyUp, USUAL } from "./rows";
import type { Shop } from "./shop";

/** The columns of the exports. */
export const REVIEW_COLUMNS: readonly string[] = Object.keys(contracts.reviews.properties);

const RATINGS = lottery([
  ["5", 46],
  ["4", 24],
  ["3", 13],
  ["2", 7],
  ["1", 10],
]);

const YES_OR_NO = lottery([
  ["true", 70],
  ["false", 20],
  ["1", 3],
  ["0", 2],
  ["TRUE", 2],
  ["", 3],
]);

/** What CSV readers stumble over: separators, quotes, line breaks, letters beyond ASCII. */
const OPENINGS = [
  "Great value",
  "Très bon produit, je recommande",
  'They call it "premium"',
  "Überraschend gut; schnell geliefert",
  "とても良い",
  "Broke after a week",
  "Muy cómodo, ligero y barato",
  "👍",
  "It's fine, I guess",
  "Size runs small (I'm an L, took XL)",
] as const;

const ENDINGS = [
  ".",
  ", would buy again.",
  '. My wife said: "at last!"',
  ".\nPros: light, cheap\nCons: none",
  ".\n\nEdit: support answered, 5 stars.",
  " – 10/10",
  ", but the box was \\ damaged.",
  '. 27" fits, 32" does not.',
] as const;

/** One fault each, for every rule of the contract. */
const FAULTS: readonly Fields[] = [
  { review_id: "" },
  { product_id: "" },
  { customer_id: "" },
  { rating: "" },
  { rating: "6" },
  { rating: "0" },
  { rating: "five" },
  { review_date: "" },
  { review_date: "2025-02-30" },
  { review_date: "2999-01-01" },
  { verified_purchase: "maybe" },
  { helpful_votes: "-1" },
  { helpful_votes: "many" },
];

/** What a file of reviews is to hold, and how it is written. */
export interface ReviewFile {
  readonly name: string;
  /** Number of the first review, from 0. */
  readonly first: number;
  readonly rows: number;
  readonly lineEnd: "\n" | "\r\n";
  readonly byteOrderMark: boolean;
}

/** @returns the file, a text a record; `tally` is up to date after each */
export function* reviewLines(shop: Shop, file: ReviewFile, tally: Tally): Generator<string> {
  const random = shop.random(file.name);
  yield `${file.byteOrderMark ? "\ufeff" : ""}${REVIEW_COLUMNS.join(",")}${file.lineEnd}`;
  let faults = file.first;
  let fields = review(shop, random, file, 0);
  for (let index = 0; index < file.rows; index++) {
    const role = roleOf(index, USUAL);
    // A customer edits a review: the same key, another text.
    fields =
      role === "duplicate" ? { ...fields, review_text: "Edited: see above." } : review(shop, random, file, index);
    tallyUp(tally, role);
    const fault = role === "bad" ? FAULTS[faults++ % FAULTS.length] : undefined;
    yield csvLine(REVIEW_COLUMNS, fault === undefined ? fields : { ...fields, ...fault }) + file.lineEnd;
  }
}

function review(shop: Shop, random: Random, { first }: ReviewFile, index: number): Fields {
  return {
    review_id: `R${shop.stamp}-${String(first + index + 1).padStart(8, "0")}`,
    product_id: shop.product(random).id,
    customer_id: shop.customer(random),
    rating: random.pick(RATINGS),
    review_text: random.chance(0.1) ? "" : csvField(random.pick(OPENINGS) + random.pick(ENDINGS)),
    review_date: shop.calendar.date(shop.calendar.day(random)),
    verified_purchase: random.pick(YES_OR_NO),
    helpful_votes: random.chance(0.1) ? "" : String(random.skewedBelow(60)),
  };
}
