import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { FileRejected } from "./file-rejected";

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const LF = 10;
/** Bytes of a line that are handed on before its end has come. */
const LONG_LINE = 262_144;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes of what a file holds against which its first ones are compared, and how the format is called. */
const BINARY_FORMATS: readonly (readonly [magic: string, name: string])[] = [
  ["504b0304", "a ZIP archive or an Excel workbook"],
  ["504b0506", "an empty ZIP archive"],
  ["377abcaf271c", "a 7-Zip archive"],
  ["50415231", "a Parquet file"],
  ["4f5243", "an ORC file"],
  ["4f626a01", "an Avro file"],
  ["1f8b", "gzip within gzip"],
  ["425a68", "a bzip2 archive"],
  ["28b52ffd", "a Zstandard archive"],
  ["04224d18", "an LZ4 archive"],
  ["fd377a585a00", "an xz archive"],
  ["25504446", "a PDF document"],
  ["d0cf11e0", "an old Office document"],
  ["53514c69746520", "an SQLite database"],
  ["fffe", "text in UTF-16; UTF-8 is expected"],
  ["feff", "text in UTF-16; UTF-8 is expected"],
];
/** Bytes at the beginning that tell text from other formats: looked at together, however the source cuts them. */
const HEAD = 4096;

/** Bounds of what a file may hold. */
export interface ByteLimits {
  /** Largest object as stored, and largest content as decompressed, in bytes. */
  readonly maxFileBytes: number;
  /** Largest ratio of decompressed to stored bytes once more than `inflationGrace` bytes came out. */
  readonly maxInflation: number;
  readonly inflationGrace: number;
}

/**
 * The text of a file, read once from its bytes: hashed and counted as stored, decompressed where it is gzip, and decoded from UTF-8.
 *
 * @example
 * const text = new TextStream(createReadStream("a.csv.gz"), limits);
 * for await (const piece of text) parser.push(piece);
 * text.md5; // of the stored bytes
 */
export class TextStream implements AsyncIterable<string> {
  /** Bytes read so far, as stored. */
  bytes = 0;
  compression: "none" | "gzip" = "none";
  /** Byte of the content, as decompressed, at which the latest piece begins. */
  offset = 0;
  /** Whether the text began with a byte order mark. */
  hasBom = false;
  /** MD5 of the stored bytes in hexadecimal; undefined until all are read. */
  md5: string | undefined;

  constructor(
    private readonly source: AsyncIterable<Uint8Array>,
    private readonly limits: ByteLimits,
  ) {}

  /**
   * @throws FileRejected where the bytes are too many, damaged, or no UTF-8 text; whatever the source throws passes through.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    let rest: Buffer = Buffer.alloc(0);
    let next = 0;
    let isFirst = true;
    for await (const chunk of withHead(this.decompressed(), HEAD)) {
      if (isFirst) {
        isFirst = false;
        rejectBinary(chunk.subarray(0, HEAD));
        this.hasBom = chunk.subarray(0, BOM.length).equals(BOM);
        next = this.hasBom ? BOM.length : 0;
        rest = chunk.subarray(next);
      } else {
        rest = Buffer.concat([rest, chunk]);
      }
      const end = wholeLines(rest);
      if (end === 0) continue;
      this.offset = next;
      yield this.decode(rest.subarray(0, end));
      // Copied: the chunk that it is a part of must not be kept for it.
      rest = Buffer.from(rest.subarray(end));
      next += end;
    }
    const end = rest.length - unfinishedTail(rest);
    this.offset = next;
    if (end > 0) yield this.decode(rest.subarray(0, end));
    if (end < rest.length) {
      throw new FileRejected(
        "truncated",
        `The file ends at offset ${next + end} in the middle of a character: it is cut off.`,
      );
    }
  }

  private decode(bytes: Buffer): string {
    if (isUtf8(bytes)) return bytes.toString("utf8");
    const at = firstInvalid(bytes);
    const where = `${this.offset + at}${this.compression === "gzip" ? " of the decompressed content" : ""}`;
    const byte = bytes.subarray(at, at + 1).toString("hex");
    throw new FileRejected(
      "encoding",
      `The byte at offset ${where} (0x${byte}) is not UTF-8: the file may be written in another encoding, such as Latin-1.`,
    );
  }

  private async *decompressed(): AsyncGenerator<Buffer, void, undefined> {
    const stored = withHead(this.hashed(), GZIP_MAGIC.length);
    try {
      const first = await stored.next();
      if (first.done) return;
      this.compression = first.value.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) ? "gzip" : "none";
      const all = startingWith(first.value, stored);
      yield* this.compression === "gzip" ? this.inflated(all) : all;
    } finally {
      // Read in two ways, and so let go of by neither when the reader stops early. Not waited for: a read may hang on a slow source.
      stored.return().catch(() => {});
    }
  }

  private async *inflated(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const { maxFileBytes, maxInflation, inflationGrace } = this.limits;
    let expanded = 0;
    // The callback has nothing to do: reading the output throws whatever goes wrong in either part.
    const gunzip = pipeline(
      Readable.from(stored, { objectMode: false }),
      createGunzip({ chunkSize: 65_536 }),
      () => {},
    );
    try {
      for await (const chunk of gunzip as AsyncIterable<Buffer>) {
        expanded += chunk.length;
        if (expanded > maxFileBytes || (expanded > inflationGrace && expanded > this.bytes * maxInflation)) {
          throw new FileRejected(
            "too-large",
            `The gzip file expands to more than ${expanded > maxFileBytes ? `${maxFileBytes} bytes` : `${maxInflation} times its size`}.`,
          );
        }
        yield chunk;
      }
    } catch (error) {
      const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
      if (code === "Z_BUF_ERROR") throw new FileRejected("truncated", "The gzip file is cut off.");
      if (typeof code === "string" && code.startsWith("Z_"))
        throw new FileRejected("format", "The gzip file is damaged.");
      throw error;
    }
  }

  private async *hashed(): AsyncGenerator<Buffer, void, undefined> {
    const hash = createHash("md5");
    for await (const chunk of this.source) {
      this.bytes += chunk.byteLength;
      if (this.bytes > this.limits.maxFileBytes) {
        throw new FileRejected(
          "too-large",
          `The file is larger than the ${this.limits.maxFileBytes} bytes that the contract allows.`,
        );
      }
      hash.update(chunk);
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    this.md5 = hash.digest("hex");
  }
}

/** The same bytes, the first chunk at least `length` long where there are so many. No chunk is empty. */
async function* withHead(source: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer, void, undefined> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (head === undefined) {
      if (chunk.length > 0) yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length >= length) {
      yield head;
      head = undefined;
    }
  }
  if (head !== undefined && head.length > 0) yield head;
}

async function* startingWith(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield first;
  yield* rest;
}

function rejectBinary(head: Buffer): void {
  const hex = head.toString("hex");
  const known = BINARY_FORMATS.find(([magic]) => hex.startsWith(magic));
  if (known !== undefined) {
    throw new FileRejected("format", `The file is ${known[1]}.`);
  }
  if (head.includes(0)) {
    throw new FileRejected("format", "The file holds binary data or text in UTF-16; text in UTF-8 is expected.");
  }
}

/**
 * How many bytes from the start are whole lines; of a line that goes on for long as many as are whole characters. Pieces that end with
 * a line spare the parsers to put records together, and are flat strings, which V8 reads twice as fast.
 */
function wholeLines(bytes: Buffer): number {
  const end = bytes.lastIndexOf(LF) + 1;
  return end > 0 || bytes.length < LONG_LINE ? end : bytes.length - unfinishedTail(bytes);
}

/** How many bytes at the end begin a character that is not complete. */
function unfinishedTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

/** Offset of the first byte of the first sequence that is not UTF-8, in bytes that hold one. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, middle - unfinishedTail(prefix)))) valid = middle;
    else invalid = middle;
  }
  return valid - unfinishedTail(bytes.subarray(0, valid));
}
