/**
 * What AWS asks for what the lake uses: one dated file, `us-east-1.json`. The cost model of the command line and the
 * functions that say what a run has cost read it alike.
 */
import data from "./us-east-1.json";

/** A thing with a price, `service.thing`. */
export type PriceName = keyof typeof data.prices;

/** A price as AWS states it. */
export interface Price {
  /** US dollars of `for` units. */
  readonly usd: number;
  readonly for: number;
  /** What is counted: `DPU-hour`, `state transition`, `GB-month`. A GB is 10^9 bytes, a TB 10^12. */
  readonly unit: string;
  /** Units of each month that every account has free for good, of all that it runs. */
  readonly free?: number;
  /** The shortest time that is billed, where one is. */
  readonly minimumSeconds?: number;
  /** The least that is billed of a query, where there is such a thing. */
  readonly minimumBytes?: number;
}

const prices: Readonly<Record<PriceName, Price>> = data.prices;

/** Where the prices hold, and when and how they were looked up. */
export const PRICE_LIST = { region: data.region, checked: data.checked, how: data.how } as const;

/** Every price's name. */
export const PRICE_NAMES: readonly PriceName[] = Object.keys(prices).filter(
  (name): name is PriceName => name in prices,
);

/**
 * @param name what is paid for
 * @returns its price as AWS states it, with what is free and what is billed at least
 */
export function price(name: PriceName): Price {
  return prices[name];
}

/**
 * @param name what is paid for
 * @returns US dollars of one unit
 * @example
 * const dollars = dpuHours * unitPrice("glue.job");
 */
export function unitPrice(name: PriceName): number {
  const { usd, for: units } = prices[name];
  return usd / units;
}

/**
 * @param name what is paid for
 * @returns the page that states the price
 */
export function priceSource(name: PriceName): string {
  const service = name.slice(0, name.indexOf("."));
  const known: Readonly<Record<string, string>> = data.sources;
  const source = known[service];
  if (source === undefined) throw new Error(`prices/${data.region}.json names no source for "${service}".`);
  return source;
}
