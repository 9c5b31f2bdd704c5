import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { contracts, DATASETS, type Dataset } from "../../../contracts";
import { validateStream } from "../../../functions/lib/validate-stream";

/**
 * Accepted or not, and how many records: the validator and Python's own modules must say the same of a thousand files.
 *
 * Where they read differently by design it is written here, with the reason, and what reference.py does about it:
 * - A CR that no LF follows ends a record for Python; for us it is a character (Spark's reader of lines knows LF alone). The
 *   reference puts another character in its place.
 * - Text behind a closing quote ends Python's reading of the file; for us its record is bad, because one typing error should not
 *   cost a day's file. The reference goes on with the next line, and says nothing where a quote could reach over it.
 * - A blank line is a record without fields for Python, for us none. The reference leaves it out.
 * - Python takes NaN and Infinity for JSON; RFC 8259 and we do not. The reference refuses them.
 * - Python counts a JSON nested 64 deep and more as good until its stack ends; we do not. The corpus holds none.
 */

jest.setTimeout(120_000);

const PROCESSING_TIME = "2025-01-16T02:00:00Z";

interface CorpusFile {
  readonly dataset: Dataset;
  readonly stored: Buffer;
}

const GOOD: Record<Dataset, Readonly<Record<string, unknown>>> = {
  transactions: {
    transaction_id: "T1",
    customer_id: 'C "1", é',
    product_id: "P\n1",
    quantity: "2",
    price: "10.00",
    total_amount: "20.00",
    transaction_date: "2025-01-15 10:00:00",
    status: " Completed ",
  },
  reviews: {
    review_id: "R1",
    product_id: "P1",
    customer_id: "C1",
    rating: "5",
    review_text: 'very "good",\r\nindeed 😀',
    review_date: "2025-01-15",
    verified_purchase: "TRUE",
    helpful_votes: "",
  },
  products: { product_id: "P1", name: "Nämé", category: "Books", brand: "B", price: 12.5, stock: 3, rating: null },
  clickstream: {
    session_id: "S1",
    event_type: "page_view",
    page: "/",
    timestamp: "2025-01-15T10:00:00.5+02:00",
    device: "mobile",
  },
};

/** What may stand in any column: good there or not. */
const ODD_TEXTS = [
  "",
  " ",
  "0",
  "-1",
  "5",
  "1.5",
  "1.505",
  "1e2",
  "five",
  "2025-02-30",
  "2025-01-15",
  "2999-01-01",
  "true",
  "open",
  "x".repeat(200),
  "9999999999",
];
const ODD_VALUES = [...ODD_TEXTS, null, 0, 5, 2.5, 12.505, -1, true, 1e12, [], {}];

const quote = (text: string, always: boolean) =>
  always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const record = (dataset: Dataset, odd: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(GOOD[dataset]) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...Object.keys(GOOD[dataset])), odd)
        .map(([column, value]) => ({ ...GOOD[dataset], [column]: value })),
    },
  );

/** A CSV file in some dialect. */
const csv = (dataset: Dataset) =>
  fc
    .record({
      columns: fc.oneof(
        {
          weight: 6,
          arbitrary: fc.shuffledSubarray(Object.keys(GOOD[dataset]), { minLength: Object.keys(GOOD[dataset]).length }),
        },
        { weight: 1, arbitrary: fc.shuffledSubarray(Object.keys(GOOD[dataset]), { minLength: 1 }) },
      ),
      unknown: fc.constantFrom([], ["coupon"], ["__proto__", "constructor"], [""]),
      rows: fc.array(record(dataset, fc.constantFrom(...ODD_TEXTS)), { maxLength: 25 }),
      separator: fc.oneof({ weight: 8, arbitrary: fc.constant(",") }, fc.constantFrom(";", "\t", "|")),
      lineEnd: fc.constantFrom("\n", "\r\n"),
      isQuoted: fc.boolean(),
      isEnded: fc.boolean(),
      blankLines: fc.boolean(),
    })
    .map(({ columns, unknown, rows, separator, lineEnd, isQuoted, isEnded, blankLines }) => {
      const names = [...columns, ...unknown];
      const lines = rows.map((row) =>
        names.map((name) => quote(String(Object.hasOwn(row, name) ? row[name] : "x"), isQuoted)).join(separator),
      );
      return (
        [names.join(separator), ...lines].join(blankLines ? lineEnd + lineEnd : lineEnd) + (isEnded ? lineEnd : "")
      );
    });

/** A JSON file, as lines or an array. */
const json = (dataset: Dataset) =>
  fc
    .tuple(
      fc.array(record(dataset, fc.constantFrom(...ODD_VALUES)), { minLength: 1, maxLength: 25 }),
      fc.nat(3),
      fc.boolean(),
    )
    .map(([rows, form, isEnded]) => {
      const texts = rows.map((row) => JSON.stringify(row));
      if (form === 0) return `[${texts.join(",\n")}]`;
      return texts.join(form === 1 ? "\r\n\r\n" : "\n") + (isEnded ? "\n" : "");
    });

/** As it was written, cut off, or with something put in. */
const mishap = fc.oneof(
  { weight: 3, arbitrary: fc.constant((text: string) => text) },
  { weight: 2, arbitrary: fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom('"', '""', ",", "\n", "\r", "\r\n", "{", "}", "]", "NaN", "x", "\\", " "))
      .map(([place, what]) => (text: string) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + what + text.slice(at);
      }),
  },
);

const file = fc
  .constantFrom(...DATASETS)
  .chain((dataset) =>
    fc.tuple(
      fc.constant(dataset),
      contracts[dataset]["x-format"] === "csv" ? csv(dataset) : json(dataset),
      mishap,
      fc.constantFrom("", "", "\ufeff"),
      fc.constantFrom("utf8", "utf8", "utf8", "utf8", "latin1", "utf16le"),
      fc.boolean(),
    ),
  )
  .map(([dataset, text, spoil, mark, encoding, isGzip]): CorpusFile => {
    const plain = Buffer.from(mark + spoil(text), encoding as BufferEncoding);
    return { dataset, stored: isGzip ? gzipSync(plain) : plain };
  });

/** Files whose verdict hangs on one of the differences above. */
const EDGES: readonly (readonly [Dataset, string])[] = [
  ["reviews", `review_id,product_id,customer_id,rating,review_date\n${"R,P,a\rb,5,2025-01-15\n".repeat(20)}`],
  [
    "reviews",
    `review_id,product_id,customer_id,rating,review_date\n${"R,P,C,5,2025-01-15\n".repeat(8)}${'"R"x,P,C,5,2025-01-15\n'.repeat(2)}`,
  ],
  ["reviews", `review_id,product_id,customer_id,rating,review_date\n${"\n\r\n".repeat(20)}R,P,C,5,2025-01-15\n`],
  [
    "products",
    `${`${JSON.stringify(GOOD.products)}\n`.repeat(8)}${`${JSON.stringify(GOOD.products).slice(0, -1)},"x":NaN}\n`.repeat(2)}`,
  ],
  ["products", `[${JSON.stringify(GOOD.products).slice(0, -1)},"x":-Infinity}]`],
];

const FILES: readonly CorpusFile[] = [
  ...EDGES.map(([dataset, text]) => ({ dataset, stored: Buffer.from(text) })),
  ...fc.sample(file, { numRuns: 1_000, seed: 20250115 }),
];

async function* once(bytes: Uint8Array) {
  yield bytes;
}

test("the validator and Python's csv and json accept the same files and count the same records", async () => {
  const python = join(__dirname, "../../../.local/venv/bin/python");
  const files = FILES.map(({ dataset, stored }) => ({ dataset, content: stored.toString("base64") }));
  const answer: ({ accepted: boolean; rows: number | null } | null)[] = JSON.parse(
    execFileSync(python, [join(__dirname, "reference.py")], {
      input: JSON.stringify({ processingTime: PROCESSING_TIME, files }),
      encoding: "utf8",
      maxBuffer: 100_000_000,
    }),
  );
  const options = { processingTime: new Date(PROCESSING_TIME) };
  const reports = await Promise.all(
    FILES.map(({ dataset, stored }) => validateStream(once(stored), { dataset, ...options })),
  );
  const differences = reports.flatMap((report, index) => {
    const theirs = answer[index];
    if (theirs === null || theirs === undefined) return [];
    const isCounted = report.verdict === "accepted" || report.code === "bad-rows";
    const isSame =
      theirs.accepted === (report.verdict === "accepted") &&
      (!isCounted || theirs.rows === null || theirs.rows === report.rows);
    return isSame
      ? []
      : [{ index, ours: [report.verdict, report.code, report.rows], theirs, dataset: FILES[index]?.dataset }];
  });
  expect(differences).toEqual([]);
  const accepted = reports.filter(({ verdict }) => verdict === "accepted").length;
  const silent = answer.filter((one) => one === null).length;
  // The corpus is worth something: both verdicts are frequent, and few files are left out.
  expect(accepted).toBeGreaterThan(FILES.length / 5);
  expect(FILES.length - accepted).toBeGreaterThan(FILES.length / 5);
  expect(silent).toBeLessThan(FILES.length / 20);
});
