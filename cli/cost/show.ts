import { PRICE_LIST, price, priceSource } from "../../prices";
import { count, duration, right, table } from "../lib/table";
import { type Bill, DAYS_PER_MONTH, type Line } from "./bill";
import type { Change, Comparison } from "./compare";
import { GUIDE, honestGlue, leastCrawl } from "./guide";
import { MEASURED } from "./measured";
import { ASSUMPTION_NAMES, ASSUMPTIONS, type Profile } from "./profile";
import type { Throughput } from "./throughput";

/** Dollars that a table of cents does not show. */
const UNSEEN = 0.005;

/** @returns dollars and cents */
export const dollars = (usd: number): string =>
  usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** @returns a number as long as it needs to be, at most four digits that tell something */
const plain = (value: number): string =>
  Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(4)));

/** A bill as people read it. */
export function showBill(title: string, bill: Bill): string[] {
  const seen = bill.lines.filter(({ usd }) => usd >= UNSEEN);
  const small = bill.lines.filter(({ usd }) => usd < UNSEEN);
  const rows = byService(seen).flatMap(([service, lines]) =>
    lines.map((line, index) => [index === 0 ? service : "", line.item, line.kind, dollars(line.usd)]),
  );
  if (small.length > 0) {
    const sum = small.reduce((total, { usd }) => total + usd, 0);
    rows.push(["", `${small.length} lines of less than a cent`, "", dollars(sum)]);
  }
  return [
    `${title}: $${dollars(bill.total)} a month, of it $${dollars(bill.fixed)} whatever is done, $${dollars(bill.usage)} for what is done`,
    "",
    ...table([{ title: "service" }, { title: "item" }, { title: "kind" }, right("$ a month")], rows),
    ...showUnknown(bill),
  ];
}

/** The same, each line with its formula. */
export function explainBill(title: string, bill: Bill, profile: Profile): string[] {
  const lines = byService(bill.lines).flatMap(([service, ofService]) => [
    "",
    `  ${service}`,
    ...ofService.flatMap((line) => [`    ${line.item}: $${plain(line.usd)} (${line.kind})`, `      ${formula(line)}`]),
  ]);
  const prices = [...new Set(bill.lines.map((line) => line.price))];
  return [
    `${title}: $${dollars(bill.total)} a month`,
    "",
    `  ${bill.runs}`,
    ...lines,
    ...showUnknown(bill),
    "",
    "  Assumptions (--assume NAME=VALUE changes one)",
    ...table(
      [{ title: "name" }, right("value"), { title: "what" }],
      ASSUMPTION_NAMES.map((name) => [
        name,
        plain(profile[name]),
        `${ASSUMPTIONS[name].unit} ${ASSUMPTIONS[name].what}`,
      ]),
    ),
    "",
    `  Measured (${MEASURED.where}): npm run bench:jobs -- --json bench/jobs.figures.json`,
    ...table(
      [{ title: "job" }, right("core seconds a MB of all raw files")],
      Object.entries(MEASURED.coreSecondsPerMb).map(([job, seconds]) => [job, seconds.toFixed(4)]),
    ),
    "",
    "  Prices",
    ...table(
      [{ title: "name" }, right("$"), { title: "for" }, { title: "where it stands" }],
      prices.map((name) => [
        name,
        String(price(name).usd),
        `${count(price(name).for)} × ${price(name).unit}`,
        priceSource(name),
      ]),
    ),
  ];
}

/** A line's arithmetic in a line: its factors, the price, and what they come to. */
export function formula(line: Line): string {
  const { usd, for: units, unit } = price(line.price);
  const factors = line.factors.map(({ value, what }) => `${plain(value)} ${what}`).join(" × ");
  return `${factors} × $${usd} for ${count(units)} × ${unit} = $${plain(line.usd)}`;
}

function byService(lines: readonly Line[]): [string, Line[]][] {
  const groups = new Map<string, Line[]>();
  for (const line of lines) groups.set(line.service, [...(groups.get(line.service) ?? []), line]);
  return [...groups];
}

function showUnknown({ unknown }: Bill): string[] {
  const types = Object.entries(unknown).map(([type, many]) => `${many} × ${type}`);
  return types.length === 0 ? [] : ["", `  Not in the bill, for the model does not know them: ${types.join(", ")}`];
}

/** What every bill rests on. */
export function basis(region: string | undefined, { freeTier }: Profile): string[] {
  const elsewhere =
    region === undefined || region === PRICE_LIST.region ? "" : `; the lake is in ${region}, where some differ`;
  return [
    "",
    `  Prices of ${PRICE_LIST.region}, looked up on ${PRICE_LIST.checked}${elsewhere}. ${freeTier ? "What is free each month is taken off" : "Nothing that is free each month is taken off (--free-tier does)"}; taxes,`,
    "  support and discounts are not in it. --explain shows each formula, price and assumption; docs/cost.md what is not modelled.",
  ];
}

/** Two bills, as a table of what differs. */
export function showComparison(names: readonly [string, string], { changes, before, after }: Comparison): string[] {
  const row = ({ service, item, ...usd }: Change) => [
    service,
    item,
    dollars(usd.before),
    dollars(usd.after),
    signed(usd.after - usd.before),
  ];
  const total = { service: "all", item: "", before, after };
  return [
    `From ${names[0]} to ${names[1]}: $${dollars(before)} → $${dollars(after)} a month (${signed(after - before)})`,
    "",
    ...(changes.length === 0
      ? ["  Nothing differs."]
      : table(
          [{ title: "service" }, { title: "item" }, right("before $"), right("after $"), right("difference $")],
          [...changes.map(row), row(total)],
        )),
  ];
}

/** @returns a difference in dollars, with its sign */
export const signed = (usd: number): string =>
  `${usd > UNSEEN ? "+" : ""}${Math.abs(usd) < UNSEEN ? "0.00" : dollars(usd)}`;

/** Time and cost by size, beside what the guide says. */
export function showThroughput(env: string, rows: readonly Throughput[]): string[] {
  const size = (gb: number) => (gb >= 1000 ? `${gb / 1000} TB` : `${gb} GB`);
  const guide = (gb: number, tell: (row: typeof GUIDE.throughput) => string) =>
    gb === GUIDE.throughput.gb ? tell(GUIDE.throughput) : "not known";
  return [
    `One run of ${env} by size, projected from what the jobs were measured to take (${MEASURED.where}):`,
    "",
    ...table(
      [
        { title: "raw files" },
        right("time"),
        right("DPU-hours"),
        right("$"),
        right("$ a TB"),
        right("MB/s a vCPU"),
        right("guide: time"),
        right("guide: $"),
      ],
      rows.map((row) => [
        size(row.gb),
        duration(row.seconds),
        plain(row.dpuHours),
        dollars(row.usd),
        dollars(row.usdPerTb),
        plain(row.mbPerSecondAndCore),
        guide(row.gb, ({ seconds }) => duration(seconds)),
        guide(row.gb, ({ usd }) => dollars(usd)),
      ]),
    ),
    "",
    "  A projection: Glue's vCPUs are taken to work as fast as the cores that were measured, S3 to keep up, and a run to start from",
    "  nothing. Crawlers, validation and queries are not in it.",
  ];
}

/** The guide's two bills as far as they are known, beside its own arithmetic done right and this model's. */
export function showGuide(bills: Readonly<Record<keyof typeof GUIDE.tables, Bill>>, crawlerDpus: number): string[] {
  const { tables, glue } = GUIDE;
  const jobs = (bill: Bill) =>
    bill.lines.reduce((sum, one) => sum + (one.service === "Glue" && one.item.startsWith("Job ") ? one.usd : 0), 0);
  const honest = honestGlue(DAYS_PER_MONTH);
  const rows = (["dev", "prod"] as const).flatMap((env) => {
    const [total, bill] = [tables[env], bills[env]];
    return [
      [env, "in all", dollars(total), dollars(total - glue.usd + honest), dollars(bill.total)],
      ["", "  Glue jobs *", dollars(glue.usd), dollars(honest), dollars(jobs(bill))],
      ["", "  all else", dollars(total - glue.usd), dollars(total - glue.usd), dollars(bill.total - jobs(bill))],
    ];
  });
  return [
    "The deployment guide's two bills, in US dollars a month:",
    "",
    ...table(
      [{ title: "table" }, { title: "line" }, right("guide"), right("its arithmetic, right"), right("this model")],
      rows,
    ),
    "",
    `  * "${glue.dpuHoursPerDay} DPU-hours a day": × $${price("glue.job").usd} × 30 days they are $${dollars(honestGlue(30))} ($${dollars(honest)} in a month of ${plain(DAYS_PER_MONTH)} days), not $${dollars(glue.usd)}, which is`,
    "  a tenth of it. Of each table only the total is known here, and this line of one of them, we do not know which: it is shown in both,",
    "  and only one of the corrected totals can be the right one.",
    `  Nor does a bill this small hold what is billed at least: a crawl costs $${leastCrawl(crawlerDpus).toFixed(3)} however short (10 minutes of ${crawlerDpus} DPU),`,
    "  a job a minute of each of its workers, an interface endpoint $7.30 a month in each zone.",
  ];
}
