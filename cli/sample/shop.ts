import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../lib/paths";
import { Calendar } from "./calendar";
import { type Random, Random as RandomSource } from "./random";

/** What to generate. */
export interface SampleOptions {
  /** Transactions; everything else is in proportion. */
  readonly rows: number;
  /** Batch date, `YYYY-MM-DD`. */
  readonly date: string;
  readonly seed: number;
}

/** A product as the catalogue and the sales know it. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly brand: string;
  /** In cents. */
  readonly cents: number;
}

const BRANDS = [
  "Aurora",
  "Brécourt",
  "Cobalt & Sons",
  "Dünya",
  "Elmwood",
  "Fjord",
  "Grüner Faden",
  "Hoshi",
  "Ibis",
  "Juniper",
] as const;
const ADJECTIVES = [
  "Compact",
  "Classic",
  "Café",
  "Deluxe",
  "Everyday",
  "Light",
  "Pocket",
  'The "Original"',
  "Señor",
  "Travel",
] as const;
const CATEGORIES = "jobs/commerce_lake/reference/categories.csv";

/** Fewest and most products of a catalogue. */
const CATALOGUE = { min: 500, max: 20_000, transactionsPerProduct: 20 } as const;

/** Sales that one customer makes on average, and the fewest customers. */
const CUSTOMERS = { min: 40, transactionsPerCustomer: 8 } as const;

/** Everything that the datasets have in common. The shop of a seed is the same on every date. */
export class Shop {
  readonly calendar: Calendar;
  readonly products: readonly [Product, ...Product[]];
  /** Number of customers. */
  readonly customers: number;
  /** The date without dashes, part of every identifier that belongs to one date. */
  readonly stamp: string;

  constructor(readonly options: SampleOptions) {
    const { rows, date, seed } = options;
    this.calendar = new Calendar(date);
    this.stamp = date.replaceAll("-", "");
    this.customers = Math.max(CUSTOMERS.min, Math.floor(rows / CUSTOMERS.transactionsPerCustomer));
    const count = Math.min(CATALOGUE.max, Math.max(CATALOGUE.min, Math.floor(rows / CATALOGUE.transactionsPerProduct)));
    const categories = readCategories();
    const random = new RandomSource(seed, "catalogue");
    const [first, ...rest] = Array.from({ length: count }, (_, index) => makeProduct(index, random, categories));
    if (first === undefined) throw new Error("A shop needs products.");
    this.products = [first, ...rest];
  }

  /** @returns the random numbers of one file */
  random(file: string): Random {
    return new RandomSource(this.options.seed, `${this.options.date}/${file}`);
  }

  /** @returns random numbers that are the same on every date */
  steadyRandom(name: string): Random {
    return new RandomSource(this.options.seed, name);
  }

  /** @returns some customer's identifier, regulars more often */
  customer(random: Random): string {
    return `C${String(random.skewedBelow(this.customers) + 1).padStart(7, "0")}`;
  }

  /** @returns some product, best sellers more often */
  product(random: Random): Product {
    return this.products[random.skewedBelow(this.products.length)] ?? this.products[0];
  }
}

function readCategories(): [string, ...string[]] {
  const [, first, ...rest] = readFileSync(path.join(ROOT, CATEGORIES), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(",")[0] ?? "");
  if (first === undefined) throw new Error(`${CATEGORIES} holds no category.`);
  return [first, ...rest];
}

function makeProduct(index: number, random: Random, categories: readonly [string, ...string[]]): Product {
  const category = random.pick(categories);
  // Mostly cheap things, a few dear ones.
  const spread = random.unit();
  return {
    id: `P${String(index + 1).padStart(6, "0")}`,
    name: `${random.pick(ADJECTIVES)} ${category} ${index + 1}`,
    category,
    brand: random.pick(BRANDS),
    cents: 199 + Math.floor(spread * spread * spread * 60_000),
  };
}

/**
 * @param cents an amount
 * @returns it with two decimals
 */
export function money(cents: number): string {
  const fraction = cents % 100;
  return `${Math.floor(cents / 100)}.${fraction < 10 ? "0" : ""}${fraction}`;
}
