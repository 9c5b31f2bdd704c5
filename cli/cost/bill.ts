import { type PriceName, price, unitPrice } from "../../prices";

/** One factor of a quantity, such as `4 crawlers`. */
export interface Factor {
  readonly value: number;
  readonly what: string;
}

/** One line of a bill: a price, and the quantity that is the product of its factors. */
export interface Line {
  /** As AWS's bill names it. */
  readonly service: string;
  readonly item: string;
  /** `fixed` is paid whatever is done with the lake, `usage` by what is done with it. */
  readonly kind: "fixed" | "usage";
  readonly price: PriceName;
  readonly factors: readonly Factor[];
  /** Units of the price in a month. */
  readonly quantity: number;
  /** US dollars a month. */
  readonly usd: number;
}

/** What a stack costs in a month. */
export interface Bill {
  /** Without those that come to nothing. */
  readonly lines: readonly Line[];
  /** US dollars a month. */
  readonly total: number;
  readonly fixed: number;
  readonly usage: number;
  /** Types of resources that the model knows nothing about, and how many there are: what they cost is not in the bill. */
  readonly unknown: Readonly<Record<string, number>>;
  /** How many runs it is for, and how they come about, for people. */
  readonly runs: string;
}

/** Hours of a month, as AWS counts them. */
export const HOURS_PER_MONTH = 730;
/** Days of a month, on average. */
export const DAYS_PER_MONTH = 365 / 12;

/** What a line is before its quantity is known. */
type Head = Pick<Line, "service" | "item" | "kind" | "price">;

/**
 * A line of a bill. Its quantity is the product of the factors, and nothing else: what `--explain` shows is what was computed.
 *
 * @example
 * line({ service: "KMS", item: "Keys", kind: "fixed", price: "kms.key" }, of(3, "keys"));
 */
export function line(head: Head, ...factors: readonly Factor[]): Line {
  const quantity = factors.reduce((product, { value }) => product * value, 1);
  return { ...head, factors, quantity, usd: quantity * unitPrice(head.price) };
}

/** A factor, in the order in which people say it. */
export const of = (value: number, what: string): Factor => ({ value, what });

/**
 * Adds lines up.
 *
 * @param lines of all services
 * @param unknown types of resources that no service knows
 * @param runs that they are for, in a sentence
 * @param freeTier whether to take off what every account has free each month, as if this stack were all that it runs
 */
export function bill(lines: readonly Line[], unknown: Bill["unknown"], runs: string, freeTier: boolean): Bill {
  const payable = (freeTier ? withoutFree(lines) : lines).filter(({ usd }) => usd > 0);
  const sum = (kind?: Line["kind"]) =>
    payable.reduce((total, one) => total + (kind === undefined || one.kind === kind ? one.usd : 0), 0);
  return { lines: payable, total: sum(), fixed: sum("fixed"), usage: sum("usage"), unknown, runs };
}

/** What is free of a price is shared by all of its lines. */
function withoutFree(lines: readonly Line[]): Line[] {
  return lines.map((one) => {
    const { free = 0, unit } = price(one.price);
    const all = lines.reduce((sum, other) => sum + (other.price === one.price ? other.quantity : 0), 0);
    if (free === 0 || all === 0) return one;
    const share = Math.max(0, 1 - free / all);
    return line(one, ...one.factors, of(share, `of it, for ${free.toLocaleString("en-US")} × ${unit} are free`));
  });
}
