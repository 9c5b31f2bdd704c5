import { clock } from "./calendar";
import { lottery, type Random } from "./random";
import { roleOf, type Tally, tallyUp, USUAL } from "./rows";
import type { Shop } from "./shop";

type EventType =
  | "page_view"
  | "product_view"
  | "add_to_cart"
  | "remove_from_cart"
  | "checkout_start"
  | "purchase"
  | "search";
type Fields = Record<string, unknown>;

type Step = EventType | "leave";

/** What visitors do after each event. */
const NEXT: Readonly<Record<EventType | "start", readonly [Step, ...Step[]]>> = {
  start: lottery<Step>([
    ["page_view", 70],
    ["product_view", 20],
    ["search", 10],
  ]),
  page_view: lottery<Step>([
    ["leave", 42],
    ["product_view", 33],
    ["page_view", 15],
    ["search", 10],
  ]),
  search: lottery<Step>([
    ["product_view", 65],
    ["search", 15],
    ["leave", 20],
  ]),
  product_view: lottery<Step>([
    ["leave", 30],
    ["product_view", 34],
    ["page_view", 14],
    ["add_to_cart", 17],
    ["search", 5],
  ]),
  add_to_cart: lottery<Step>([
    ["checkout_start", 38],
    ["product_view", 32],
    ["remove_from_cart", 8],
    ["leave", 22],
  ]),
  remove_from_cart: lottery<Step>([
    ["product_view", 55],
    ["leave", 45],
  ]),
  checkout_start: lottery<Step>([
    ["purchase", 58],
    ["page_view", 12],
    ["leave", 30],
  ]),
  purchase: lottery<Step>([
    ["leave", 85],
    ["page_view", 15],
  ]),
};

const PAGES: Readonly<Record<EventType, string>> = {
  page_view: "/",
  search: "/search?q=",
  product_view: "/product/",
  add_to_cart: "/product/",
  remove_from_cart: "/cart",
  checkout_start: "/checkout",
  purchase: "/checkout/done",
};

const SEARCHES = ["shoes", "café", "usb cable", "T-shirt", 'tv 55"', "gift"] as const;

const BROWSERS: readonly [readonly [string, string], ...(readonly [string, string])[]] = [
  [
    "Chrome",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  ],
  ["Firefox", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"],
  [
    "Safari",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  ],
  [
    "Edge",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
  ],
];

const DEVICES = lottery([
  ["mobile", 55],
  ["desktop", 36],
  ["tablet", 7],
  ["Desktop", 2],
]);

/** One fault each, for every rule of the contract. */
const FAULTS: readonly Fields[] = [
  { session_id: null },
  { session_id: 12345 },
  { customer_id: 678 },
  { event_type: "hover" },
  { event_type: null },
  { page: "" },
  { page: null },
  { timestamp: "yesterday" },
  { timestamp: "2025-02-30T10:00:00Z" },
  { timestamp: "2999-01-01T00:00:00Z" },
  { timestamp: null },
  { device: "fridge" },
  { device: null },
  { browser: true },
];

/** Events of a visit at most. */
const LONGEST = 25;

/** How long visitors stay away before they come back to the same session, in seconds: longer than a visit's largest gap. */
const PAUSE = { min: 1860, max: 3000 } as const;

/** @returns events of sessions, a JSON text a line; `tally` is up to date after each */
export function* eventLines(
  shop: Shop,
  file: { readonly name: string; readonly number: number; readonly rows: number },
  tally: Tally,
): Generator<string> {
  const random = shop.random(file.name);
  const events = visits(shop, random, `S${shop.stamp}-${String(file.number).padStart(3, "0")}`);
  let faults = file.number;
  let text = "";
  for (let index = 0; index < file.rows; index++) {
    const role = roleOf(index, USUAL);
    // Browsers send an event again when they saw no answer; the text is that of before.
    if (role !== "duplicate") {
      const { value } = events.next();
      text = role === "bad" ? unsound(value, faults++) : `${JSON.stringify(value)}\n`;
    }
    tallyUp(tally, role);
    yield text;
  }
}

/** Endless visits, one after another. */
function* visits(shop: Shop, random: Random, prefix: string): Generator<Fields, never> {
  for (let number = 1; ; number++) {
    const [browser, userAgent] = random.pick(BROWSERS);
    const { day, second } = shop.calendar.moment(random);
    const date = shop.calendar.date(day);
    const zone = random.unit();
    const visitor = {
      session_id: `${prefix}-${String(number).padStart(8, "0")}`,
      customer_id: random.chance(0.4) ? shop.customer(random) : null,
      device: random.pick(DEVICES),
      browser: random.chance(0.05) ? null : browser,
      ip_address: random.chance(0.05) ? null : address(random),
      user_agent: random.chance(0.05) ? null : userAgent,
    };
    let at = second;
    let product = shop.product(random).id;
    let type = random.pick(NEXT.start);
    for (let step = 0; type !== "leave" && step < LONGEST; step++) {
      if (type === "product_view") product = shop.product(random).id;
      yield {
        ...visitor,
        event_type: type,
        page: page(type, product, random),
        timestamp: timestamp(date, at, zone, random),
      };
      at += random.between(1, 90);
      if (step === 2 && random.chance(0.03)) at += random.between(PAUSE.min, PAUSE.max);
      type = random.pick(NEXT[type]);
    }
  }
}

function page(type: EventType, product: string, random: Random): string {
  if (type === "search") return PAGES.search + encodeURIComponent(random.pick(SEARCHES));
  return type === "product_view" || type === "add_to_cart" ? PAGES[type] + product : PAGES[type];
}

/** The ways in which trackers write the same moment. */
function timestamp(date: string, second: number, zone: number, random: Random): string {
  const time = clock(second);
  if (zone < 0.7) return `${date}T${time}Z`;
  if (zone < 0.85) return `${date} ${time}`;
  if (zone < 0.95) return `${date}T${time}.${random.between(100, 999)}+00:00`;
  // Two hours east, where the wall clock of the same day allows.
  return second < 79_200 ? `${date}T${clock(second + 7200)}+0200` : `${date}T${time}Z`;
}

function address(random: Random): string {
  // Addresses set aside for documentation: nobody's.
  return random.chance(0.1)
    ? `2001:db8:${random.below(65_536).toString(16)}::${(1 + random.below(65_535)).toString(16)}`
    : `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.between(1, 254)}`;
}

/** @returns the line with a fault; after all the rules', one that was cut off */
function unsound(event: Fields, turn: number): string {
  const fault = FAULTS[turn % (FAULTS.length + 1)];
  const text = JSON.stringify({ ...event, ...fault });
  return fault === undefined ? `${text.slice(0, text.length / 2)}\n` : `${text}\n`;
}
