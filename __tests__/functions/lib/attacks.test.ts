import { gzipSync } from "node:zlib";
import { contracts, type Dataset } from "../../../contracts";
import { DEFAULTS, type FileReport, validateStream } from "../../../functions/lib/validate-stream";

/**
 * Files that were made to hurt. That time and memory are bounded is judged by what was read of them and what is kept of them, not
 * by the clock: the rest is one pass over so many bytes.
 */

jest.setTimeout(60_000);

const processingTime = new Date("2025-01-16T02:00:00Z");
const MIB = 1_048_576;
const CHUNK = 65_536;

const HEADERS = {
  transactions: "transaction_id,customer_id,product_id,quantity,price,total_amount,transaction_date,status\n",
  reviews: "review_id,product_id,customer_id,rating,review_date\n",
};
const REVIEW = "R,P,C,5,2025-01-15\n";
const EVENT = {
  session_id: "S1",
  event_type: "page_view",
  page: "/",
  timestamp: "2025-01-15T10:00:00Z",
  device: "mobile",
};

interface Attack {
  readonly dataset: Dataset;
  /** What comes first, and what comes then until so many bytes were sent. */
  readonly head?: string | Uint8Array;
  readonly body: string | Uint8Array;
  readonly bytes: number;
  readonly size?: number;
}

/** Validates a file that is made while it is read. @returns the report, and how much was asked for */
async function attack({ dataset, head = "", body, bytes, size }: Attack): Promise<FileReport & { sent: number }> {
  const first = Buffer.from(head);
  const unit = Buffer.from(body);
  const piece = Buffer.concat(Array.from({ length: Math.ceil(CHUNK / unit.length) }, () => unit));
  let sent = 0;
  async function* source() {
    for (let next = first; sent < bytes; next = piece) {
      if (next.length === 0) continue;
      sent += next.length;
      yield next;
    }
  }
  const options = { dataset, processingTime, ...(size === undefined ? {} : { size }) };
  return { ...(await validateStream(source(), options)), sent };
}

/** Validates a file that comes in one piece. */
function judge(dataset: Dataset, content: string | Uint8Array): Promise<FileReport> {
  async function* source() {
    yield Buffer.from(content);
  }
  return validateStream(source(), { dataset, processingTime });
}

/** What a report takes where it is kept: DynamoDB holds items of 400 KB. */
const kept = (report: FileReport) => Buffer.byteLength(JSON.stringify(report));
const ITEM_BYTES = 400_000;

describe("what does not end is not read to its end", () => {
  test.each<[string, Attack]>([
    ["a line of 1 GB", { dataset: "transactions", body: "x", bytes: 1_000 * MIB }],
    ["a line of 1 GB behind a header", { dataset: "reviews", head: HEADERS.reviews, body: "x", bytes: 1_000 * MIB }],
    ["a line of 1 GB of JSON", { dataset: "clickstream", head: '{"a":"', body: "x", bytes: 1_000 * MIB }],
    ["a quoted field", { dataset: "reviews", head: `${HEADERS.reviews}"`, body: 'x""\n', bytes: 1_000 * MIB }],
    ["a header of 10 million columns", { dataset: "reviews", body: "c,", bytes: 20_000_000 }],
    ["a record of 10 million columns", { dataset: "reviews", head: HEADERS.reviews, body: ",", bytes: 10_000_000 }],
    ["JSON that only opens", { dataset: "products", body: "[", bytes: 1_000 * MIB }],
    ["JSON that only opens, in a line", { dataset: "clickstream", head: "{", body: '"a":{', bytes: 1_000 * MIB }],
    ["a JSON object of 10 million members", { dataset: "products", head: "[{", body: '"a":1,', bytes: 60_000_000 }],
    ["white space", { dataset: "products", body: " \n\t\r", bytes: 1_000 * MIB }],
    [
      "NUL bytes behind a page of text",
      { dataset: "reviews", head: `${HEADERS.reviews}${"\n".repeat(4_096)}`, body: "\0", bytes: 1_000 * MIB },
    ],
  ])("%s", async (_, how) => {
    const report = await attack(how);
    expect(report).toMatchObject({ verdict: "rejected", code: "limits" });
    expect(report.sent).toBeLessThan(3 * DEFAULTS.maxRecordLength);
    expect(kept(report)).toBeLessThan(ITEM_BYTES);
  });

  test("a file of NUL bytes is known by its first ones", async () => {
    const report = await attack({ dataset: "reviews", body: "\0", bytes: 1_000 * MIB });
    expect(report).toMatchObject({ verdict: "rejected", code: "format" });
    expect(report.sent).toBeLessThanOrEqual(2 * CHUNK);
  });
});

describe("gzip", () => {
  test("a bomb is given up at so many times its size, or at the contract's limit", async () => {
    // 16 MiB of zeros in 16 KB, again and again: a thousandfold.
    const member = gzipSync(Buffer.alloc(16 * MIB, "a,b\n"), { level: 9 });
    const report = await attack({
      dataset: "reviews",
      head: gzipSync(HEADERS.reviews),
      body: member,
      bytes: 1_000 * MIB,
    });
    expect(report).toMatchObject({ verdict: "rejected", code: "too-large" });
    // Chunks of 64 KiB that expand a thousandfold: what comes out of those that were asked for is what is looked at.
    expect(report.sent).toBeLessThan(DEFAULTS.inflationGrace / DEFAULTS.maxInflation + 4 * CHUNK);
  });

  test.each<[string, Uint8Array, string]>([
    ["within gzip", gzipSync(gzipSync(HEADERS.reviews)), "gzip within gzip"],
    ["with text behind", Buffer.concat([gzipSync(HEADERS.reviews + REVIEW), Buffer.from("and more")]), "damaged"],
    [
      "with a second member cut off",
      Buffer.concat([gzipSync(HEADERS.reviews), gzipSync(REVIEW).subarray(0, 12)]),
      "cut off",
    ],
    [
      "with a checksum that is wrong",
      gzipSync(HEADERS.reviews).map((byte, at, all) => (at === all.length - 5 ? byte ^ 1 : byte)),
      "damaged",
    ],
  ])("%s", async (_, stored, reason) => {
    const report = await judge("reviews", stored);
    expect(report).toMatchObject({ verdict: "rejected", reason: expect.stringContaining(reason) });
  });

  test("padded with zeros, as tapes do, is read", async () => {
    const stored = Buffer.concat([gzipSync(HEADERS.reviews), gzipSync(REVIEW), Buffer.alloc(512)]);
    expect(await judge("reviews", stored)).toMatchObject({
      verdict: "accepted",
      rows: 1,
    });
  });
});

describe("nesting of 100,000", () => {
  const deep = (open: string, close: string) => `${open.repeat(100_000)}${close.repeat(100_000)}`;

  test.each<[string, Dataset, string]>([
    ["in a line", "clickstream", `${JSON.stringify(EVENT)}\n{"a":${deep("[", "]")}}\n`],
    ["of objects", "clickstream", `${JSON.stringify(EVENT)}\n${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}\n`],
    ["in an array", "products", `[{"a":${deep("[", "]")}}]`],
    ["as an array", "products", deep("[", "]")],
  ])("%s is a record that cannot be parsed", async (_, dataset, body) => {
    const report = await judge(dataset, body);
    expect(report).toMatchObject({ verdict: "rejected", code: "bad-rows", rules: { "record.parse": { count: 1 } } });
  });
});

describe("records without number", () => {
  test.each<[string, Dataset, string, string]>([
    ["tiny ones of CSV", "reviews", HEADERS.reviews, "a\n"],
    ["tiny ones of JSON", "clickstream", `${JSON.stringify(EVENT)}\n`, "1\n"],
    ["blank lines", "reviews", HEADERS.reviews + REVIEW, "\n"],
  ])("%s are counted, and no more is kept of them", async (_, dataset, head, body) => {
    const report = await attack({ dataset, head, body, bytes: 8 * MIB });
    expect(report.sent).toBeGreaterThanOrEqual(8 * MIB);
    if (body === "\n") expect(report.rows).toBe(1);
    else expect(report.rules["record.parse"]?.count).toBeGreaterThan(4_000_000);
    expect(kept(report)).toBeLessThan(2_000);
  });

  test("that break a rule are not all read where nothing that follows could help", async () => {
    const body = "a\n";
    const bytes = 64 * MIB;
    const report = await attack({ dataset: "reviews", head: HEADERS.reviews, body, bytes, size: bytes });
    expect(report).toMatchObject({ verdict: "rejected", code: "bad-rows" });
    expect(report.reason).toContain(`${report.badRows} of the first ${report.rows} records (100 %)`);
    expect(report.badRows).toBeGreaterThan(DEFAULTS.maxBadRows);
    expect(report.sent).toBeLessThan(bytes / 4);
    // So short are good ones at the least: had only those followed, the file would still be rejected.
    const most = (bytes - report.bytes) / "R,P,C,5,2025-01-15\n".length;
    expect(report.badRows / (report.rows + most)).toBeGreaterThan(contracts.reviews["x-limits"].maxBadShare);
  });

  test("are all read where good ones could still make up for them", async () => {
    const bytes = 4 * MIB;
    const size = 1_000_000_000;
    const report = attack({ dataset: "reviews", head: HEADERS.reviews, body: "a\n", bytes, size });
    await expect(report).rejects.toThrow(`bytes came of a file of ${size}`);
  });
});

describe("names without number", () => {
  const unknown = (index: number, length: number) => `{"u${index}${"x".repeat(length)}":1}\n`;

  test("of JSON members are kept up to a bound", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => unknown(index, 5)).join("");
    const long = Array.from({ length: 40 }, (_, index) => unknown(index, 5_000)).join("");
    for (const [head, most] of [
      [many, DEFAULTS.maxColumns],
      [long, Math.floor(DEFAULTS.maxNameBytes / 5_000)],
    ] as const) {
      const report = await judge("clickstream", `${JSON.stringify(EVENT)}\n${head}`);
      expect(report.unknownColumns).toHaveLength(most);
      expect(kept(report)).toBeLessThan(ITEM_BYTES);
    }
  });

  test("of CSV columns are kept up to a bound that a ledger's item holds", async () => {
    const names = Array.from({ length: 990 }, (_, index) => `名前${index}${"x".repeat(55)}`).join(",");
    const header = `${HEADERS.reviews.trimEnd()},${names}\n`;
    const report = await judge("reviews", header);
    expect(report).toMatchObject({ verdict: "accepted", rows: 0 });
    expect(report.unknownColumns).toHaveLength(990);
    expect(kept(report)).toBeLessThan(ITEM_BYTES);
  });
});

describe("what a file is made of does not reach those who read about it", () => {
  const CONTROLS = /\p{C}|\p{Zl}|\p{Zp}/u;
  const evil = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\u001b[2J", "a\u202eb", "\u0000", "x\u2028y", "\ud800"];

  test.each<[string, Dataset, (name: string) => string]>([
    ["columns", "reviews", (name) => `"${name.replaceAll('"', '""')}",b\n1,2\n`],
    ["a column that is there twice", "reviews", (name) => `"${name}","${name}"\n`],
    ["members", "clickstream", (name) => `${JSON.stringify({ [name]: 1 })}\n`],
    ["values", "transactions", (name) => `${HEADERS.transactions}${`"${name}",`.repeat(7)}"${name}"\n`],
    ["everything", "products", (name) => name],
  ])("as %s", async (_, dataset, fileOf) => {
    for (const name of evil) {
      const { verdict, reason = "" } = await judge(dataset, fileOf(name));
      expect(verdict).toBe("rejected");
      expect(reason).not.toMatch(CONTROLS);
      expect(reason).not.toMatch(/^[=+\-@]/);
    }
  });
});
