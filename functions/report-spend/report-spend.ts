import type { Logger } from "../lib/logger";
import type { Metrics } from "../lib/metrics";
import type { Spend } from "./spend";

/** The tags that costs are told apart by; everything carries them. */
export const COST_TAGS = ["Project", "Environment", "Team", "CostCenter"] as const;

export interface ReportSpendClients {
  readonly spend: Pick<Spend, "activateTags" | "byService" | "forecast">;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly logger: Logger;
}

const MS_PER_DAY = 86_400_000;

/**
 * Emits what yesterday cost, by service and in all, what the month has cost so far, and what it will have cost at its end. Yesterday's bill may
 * still grow a little: AWS takes up to a day to know all of it.
 *
 * @throws what Cost Explorer failed with: call it again.
 */
export async function reportSpend({ spend, metrics, now, logger }: ReportSpendClients): Promise<void> {
  await activate({ spend, logger });
  const today = dayOf(now());
  const yesterday = dayOf(now() - MS_PER_DAY);
  const services = await spend.byService({ from: yesterday, to: today });
  for (const [service, cost] of services) metrics.of("Service", service, { ServiceSpend: cost });

  // On the first of a month there is nothing to ask yet: Cost Explorer takes no period without a day.
  const first = `${today.slice(0, 7)}-01`;
  const soFar = first === today ? 0 : sum(await spend.byService({ from: first, to: today }));
  const rest = await spend.forecast({ from: today, to: firstOfNextMonth(today) });
  metrics.ofEnvironment({
    DaySpend: sum(services),
    MonthSpend: soFar,
    ...(rest === undefined ? {} : { MonthForecast: soFar + rest }),
  });
  const byService = Object.fromEntries([...services].toSorted(([, a], [, b]) => b - a));
  logger.info("spend reported", { day: yesterday, total: sum(services), byService, month: soFar, rest });
}

/** In an organization only the account that pays may do it; elsewhere the figures are what they are. */
async function activate({ spend, logger }: Pick<ReportSpendClients, "spend" | "logger">): Promise<void> {
  try {
    const refused = await spend.activateTags(COST_TAGS);
    if (refused.length > 0) logger.warn("tags that costs cannot be told by yet", { refused });
  } catch (error) {
    logger.warn("tags for costs cannot be activated from this account", { reason: String(error) });
  }
}

const sum = (costs: ReadonlyMap<string, number>) => [...costs.values()].reduce((total, cost) => total + cost, 0);

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, "YYYY-MM-DD".length);

function firstOfNextMonth(day: string): string {
  const [year = 0, month = 0] = day.split("-").map(Number);
  return dayOf(Date.UTC(year, month, 1));
}
