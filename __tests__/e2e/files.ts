import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

/** The batch date of the hand-written files. */
export const DATE = "2025-01-15";

const SALES = "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status";
const REVIEWS = "review_id,product_id,customer_id,rating,review_text,review_date,verified_purchase,helpful_votes";

const text = (lines: readonly string[], end = "\n") => lines.map((line) => line + end).join("");
const json = (value: object) => JSON.stringify(value);

/**
 * Files as people and systems write them, with what is hard to read in them. Each line that is not sound says why: the numbers of the test are
 * counted by hand from here.
 */
const FILES: Readonly<Record<string, string | Buffer>> = {
  // 28 records: 25 kept, 2 bad, 1 duplicate.
  "transactions/shop.csv": text([
    SALES,
    "T1,C1,P1,2,10.00,20.00,2025-01-15 10:00:00,completed",
    'T2,"C2",P2,1,60.00,,2025-01-15, Completed ', // no total: computed
    "T3,C1,P1,1,10.00,99.00,2025-01-15 23:59:59,COMPLETED", // total off: computed
    "T4,C3,P2,3,60.00,180.00,2025-01-14 08:00:00,returned",
    "T5,C3,P1,0,10.00,0.00,2025-01-15 09:00:00,completed", // bad: no quantity
    "T6,C3,P1,1,ten,10.00,2025-01-15 09:00:00,lost", // bad, for two reasons
    "T1,C1,P1,2,10.00,20.00,2025-01-15 11:00:00,refunded", // T1 again, newer: this one stays
    "T7,C4,P9,1,5.00,5.00,2024-12-20 12:00:00,completed", // of a product that nobody knows
    // So many sound ones that the bad ones are no reason to reject the file.
    ...Array.from({ length: 20 }, (_, row) => `F${row},C5,P1,1,10.00,10.00,2025-01-13 10:00:00,completed`),
  ]),
  // The same bytes under another name.
  "transactions/again/shop-copy.csv": "",
  // 2 records, compressed, with a byte order mark and CRLF: all kept.
  "transactions/kiosk.csv.gz": gzipSync(
    `\ufeff${text([SALES, "K1,Ç1,P1,1,10.00,10.00,2025-01-15 12:00:00,completed", "K2,C1,P2,1,60.00,60.00,2025-01-15 13:00:00,completed"], "\r\n")}`,
  ),
  "transactions/cut-off.csv.gz": gzipSync(
    text([SALES, ...Array.from({ length: 200 }, (_, row) => `Z${row},C1,P1,1,1.00,1.00,2025-01-15,completed`)]),
  ).subarray(0, 60),
  "transactions/empty.csv": "",
  "transactions/latin1.csv": Buffer.from(text([SALES, "L1,Café,P1,1,10.00,10.00,2025-01-15,completed"]), "latin1"),
  "transactions/reviews-by-mistake.csv": text([REVIEWS, "R9,P1,C1,5,good,2025-01-15,true,0"]),

  // 4 records: 3 kept, 1 duplicate.
  "products/catalogue.json": json([
    {
      product_id: "P1",
      name: 'Brûlée "torch", 7"',
      category: "Kitchen",
      brand: "Fjord",
      price: 10,
      stock: 5,
      is_active: true,
    },
    {
      product_id: "P2",
      name: "Zelt\n2 Personen",
      category: " Sports ",
      brand: "Дюна",
      price: 60.0,
      stock: 0,
      rating: 4.5,
    },
    {
      product_id: "P1",
      name: "Brûlée torch",
      category: "Kitchen",
      brand: "Fjord",
      price: 10.5,
      stock: 4,
      is_active: true,
    },
    { product_id: "P3", name: "鍋", category: "Unheard of", brand: "Hoshi", price: 1.01, stock: 100 },
  ]),
  // 1 record: one object over several lines.
  "products/late.json": JSON.stringify(
    { product_id: "P4", name: "Mug", category: "Kitchen", brand: "Ibis", price: 4.2, stock: 11 },
    undefined,
    2,
  ),
  "products/broken.json": '[{"product_id": "P5", "name": "x"},',

  // 17 records: 15 kept, 1 bad, 1 duplicate. A visit that buys, one of a single event, one that only looks.
  "clickstream/wéb export (1).jsonl": text([
    json({
      session_id: "S1",
      customer_id: "C1",
      event_type: "page_view",
      page: "/",
      timestamp: "2025-01-15T10:00:00Z",
      device: "mobile",
      ip_address: "192.0.2.7",
    }),
    json({
      session_id: "S1",
      customer_id: "C1",
      event_type: "product_view",
      page: "/p/ü",
      timestamp: "2025-01-15T11:01:00+01:00",
      device: "Mobile",
    }),
    json({
      session_id: "S1",
      customer_id: "C1",
      event_type: "add_to_cart",
      page: "/p/ü",
      timestamp: "2025-01-15 10:02:00",
      device: "mobile",
    }),
    json({
      session_id: "S1",
      customer_id: "C1",
      event_type: "add_to_cart",
      page: "/p/ü",
      timestamp: "2025-01-15T10:02:00Z",
      device: "mobile",
    }), // sent twice
    json({
      session_id: "S1",
      customer_id: "C1",
      event_type: "purchase",
      page: "/done",
      timestamp: "2025-01-15T10:05:00Z",
      device: "mobile",
      coupon: "new column",
    }),
    json({
      session_id: "S2",
      event_type: "search",
      page: "/s?q=é",
      timestamp: "2025-01-16T00:30:00+02:00",
      device: "desktop",
    }),
    ...Array.from({ length: 10 }, (_, second) =>
      json({
        session_id: "S3",
        event_type: "page_view",
        page: `/${second}`,
        timestamp: `2025-01-15T08:00:0${second}Z`,
        device: "tablet",
      }),
    ),
    '{"session_id": "S4", "event_type": "page_view", "page": "/", "timest', // bad: cut off
  ]),
  "clickstream/truncated.jsonl": '{"session_id": "S9", "event_type": "page_v',

  // 12 records: 10 kept, 1 bad, 1 duplicate. CRLF outside the quotes, line breaks of both kinds inside.
  "reviews/stores.csv": text(
    [
      REVIEWS,
      'R1,P1,C1,5,"Great, ""really"" great.\nTwo lines",2025-01-15,true,3',
      'R2,P2,C2,4,"Très bien, à recommander",2025-01-15,TRUE,',
      'R3,P1,C3,1,"Kaputt.\r\n\r\n""Nie wieder""",2025-01-14,0,0',
      "R4,P2,Ç1,3,,2025-01-13,,",
      'R5,P1,C2,5,"ends with a quote """,2025-01-15,true,0',
      'R6,P1,C2,5,"\\ is no escape, ""\\""",2025-01-15,true,0',
      "R7,P1,C2,9,too many stars,2025-01-15,true,0", // bad
      "R8,P1,C2,2,plain,2025-01-15,false,1",
      'R1,P1,C1,2,"Edited: broke, after ""a"" day",2025-01-15,true,4', // R1 again, later in the file: this one stays
      "R10,P3,C4,5,良い 👍,2025-01-15,1,7",
      "R11,P3,C4,4,a'b,2025-01-15,1,7",
      "R12,P3,C4,4,é,2025-01-15,1,7",
    ],
    "\r\n",
  ),
  "reviews/stock-list.csv": text(["warehouse,sku,on_hand", "Bremen,P1,12"]),
};

/** What the run must say of the files: by state and reason. */
export const LEFT_OUT: Readonly<Record<string, readonly [state: string, why: RegExp]>> = {
  "transactions/cut-off.csv.gz": ["rejected", /gzip|truncated|ends/i],
  "transactions/empty.csv": ["rejected", /empty/i],
  "transactions/latin1.csv": ["rejected", /UTF-8/],
  "transactions/reviews-by-mistake.csv": ["rejected", /reviews/],
  "products/broken.json": ["rejected", /end|JSON/],
  "clickstream/truncated.jsonl": ["rejected", /cut off|end|10 ?%|parse/i],
  "reviews/stock-list.csv": ["rejected", /Missing columns/],
};

/** Writes the files. */
export function writeFiles(folder: string): void {
  for (const [name, content] of Object.entries(FILES)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, name === "transactions/again/shop-copy.csv" ? (FILES["transactions/shop.csv"] ?? "") : content);
  }
}
