import { DAY_MS } from "./calendar";
import { type Role, roleOf, type Tally, tallyUp } from "./rows";
import type { Product, Shop } from "./shop";

/** A catalogue is small: more of its rows are bad, so that every kind of fault comes. */
const PLACES = { badEvery: 25, duplicateEvery: 200 } as const;

/** One fault each, for every rule of the contract. */
const FAULTS: readonly Record<string, unknown>[] = [
  { product_id: null },
  { product_id: 17 },
  { name: "" },
  { category: "   " },
  { brand: null },
  { price: null },
  { price: 0 },
  { price: "12,50" },
  { price: 12.505 },
  { stock: -1 },
  { stock: 2.5 },
  { stock: null },
  { weight_kg: -0.5 },
  { weight_kg: "heavy" },
  { rating: 7.5 },
  { rating: -1 },
  { rating: "good" },
  { review_count: -2 },
  { review_count: "many" },
  { is_active: "yes" },
];

/** Reviews that a product has on this day, and a year later half as many more. */
const FIRST_REVIEWS = "2024-01-01";

/**
 * What the catalogue says of a product beside what it is: a snapshot tells nearly what the one of the day before told. Stock is sold off
 * day by day until the shelf is filled again, reviews only grow in number, the rest stays.
 */
function shelfOf(shop: Shop, { id }: Product) {
  const random = shop.steadyRandom(`shelf of ${id}`);
  const day = Date.parse(shop.options.date) / DAY_MS;
  const years = Math.max(0, day - Date.parse(FIRST_REVIEWS) / DAY_MS) / 365;
  const [full, lasts] = [20 + random.skewedBelow(480), random.between(14, 42)];
  const sinceFilled = (day + random.below(lasts)) % lasts;
  const reviews = random.skewedBelow(2000);
  return {
    stock: Math.floor(full * (1 - sinceFilled / (lasts - 1))),
    weight_kg: random.chance(0.1) ? null : random.between(5, 2500) / 100,
    rating: random.chance(0.15) ? null : random.between(10, 50) / 10,
    review_count: random.chance(0.15) ? null : Math.floor(reviews * (1 + years / 2)),
    is_active: random.chance(0.03) ? null : random.chance(0.95),
  };
}

/** @returns the day's catalogue as one JSON array, a text a line */
export function* productLines(shop: Shop, file: { readonly name: string }, tally: Tally): Generator<string> {
  const random = shop.random(file.name);
  const record = (product: Product) => ({
    product_id: product.id,
    name: product.name,
    category: random.chance(0.02) ? ` ${product.category} ` : product.category,
    brand: product.brand,
    price: product.cents / 100,
    ...shelfOf(shop, product),
  });
  yield "[\n";
  let index = 0;
  let faults = 0;
  const next = (role: Role, product: Product, fault?: Record<string, unknown>) => {
    tallyUp(tally, role);
    return `${index++ === 0 ? "" : ",\n"}${JSON.stringify({ ...record(product), ...fault })}`;
  };
  for (const product of shop.products) {
    // Bad and repeated records come on top: every product that is sold has a sound one.
    if (roleOf(index, PLACES) === "bad") {
      const fault = FAULTS[faults++ % FAULTS.length];
      yield next("bad", { ...product, id: `X${String(faults).padStart(6, "0")}` }, fault);
    }
    yield next("sound", product);
    if (roleOf(index, PLACES) === "duplicate") yield next("duplicate", product);
  }
  yield "\n]\n";
}
