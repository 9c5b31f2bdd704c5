import { price, unitPrice } from "../../prices";

/** What the deployment guide that this project grew from says of cost, as far as it is known here. */
export const GUIDE = {
  /** Totals of its two tables, US dollars a month. */
  tables: { dev: 19, prod: 102 },
  /** One line of theirs; it is not known of which table. */
  glue: { dpuHoursPerDay: 10, usd: 13.2 },
  /** Its throughput table, of which one row is known. */
  throughput: { gb: 1000, seconds: 3 * 3600, usd: 15 },
} as const;

/** What the guide's line should say: dollars of so many DPU-hours on each of `days` days. */
export function honestGlue(days: number): number {
  return GUIDE.glue.dpuHoursPerDay * days * unitPrice("glue.job");
}

/** Dollars that a crawl is billed at least. */
export function leastCrawl(dpus: number): number {
  return (dpus * (price("glue.crawler").minimumSeconds ?? 0) * unitPrice("glue.crawler")) / 3600;
}
