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

/** @returns the day's catalogue as one JSON array, a text a line */
export function* productLines(shop: Shop, file: { readonly name: string }, tally: Tally): Generator<string> {
  const random = shop.random(file.name);
  const record = (product: Product) => ({
    product_id: product.id,
    name: product.name,
    category: random.chance(0.02) ? ` ${product.category} ` : product.category,
    brand: product.brand,
    price: product.cents / 100,
    stock: random.chance(0.05) ? 0 : random.skewedBelow(500),
    weight_kg: random.chance(0.1) ? null : random.between(5, 2500) / 100,
    rating: random.chance(0.15) ? null : random.between(10, 50) / 10,
    review_count: random.chance(0.15) ? null : random.skewedBelow(3000),
    is_active: random.chance(0.03) ? null : random.chance(0.95),
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
