import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { FileRejected } from "../../../functions/lib/file-rejected";
import { TextStream } from "../../../functions/lib/text-stream";
import { cut, cuts } from "./pieces";

const LIMITS = { maxFileBytes: 1_000_000, maxInflation: 200, inflationGrace: 100_000 };

async function* source(pieces: readonly Uint8Array[]) {
  yield* pieces;
}

async function read(pieces: readonly Uint8Array[], limits = LIMITS) {
  const text = new TextStream(source(pieces), limits);
  let whole = "";
  for await (const piece of text) whole += piece;
  return { whole, text };
}

const rejection = async (bytes: Uint8Array, limits = LIMITS) => {
  const bySize = [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))];
  const [one, many] = await Promise.all(
    bySize.map((pieces) =>
      read(pieces, limits).then(
        () => undefined,
        (error) => error,
      ),
    ),
  );
  expect(one).toBeInstanceOf(FileRejected);
  expect(many).toEqual(one);
  return { code: one.code, message: one.message };
};

test("any text comes out as it went in, hashed and counted as stored, in whatever pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.boolean(),
      cuts,
      async (content, isGzip, hasBom, places) => {
        // A NUL near the start, or the first bytes of an archive, are another test's.
        fc.pre(!content.includes("\0") && !/^(PAR1|ORC|BZh|%PDF)/.test(content) && !content.startsWith("\ufeff"));
        const plain = Buffer.from(hasBom ? `\ufeff${content}` : content);
        const stored = isGzip ? gzipSync(plain) : plain;
        const { whole, text } = await read(cut(stored, places));
        expect(whole).toBe(content);
        expect(text).toMatchObject({
          bytes: stored.length,
          md5: createHash("md5").update(stored).digest("hex"),
          compression: isGzip ? "gzip" : "none",
          hasBom,
        });
      },
    ),
  );
});

test("a long line without an end comes out whole, wherever the bytes were cut", async () => {
  const content = "aé€😀".repeat(100_000);
  const places = Array.from({ length: 15 }, (_, index) => index * 65_537);
  expect((await read(cut(Buffer.from(content), places), { ...LIMITS, maxFileBytes: 2_000_000 })).whole).toBe(content);
});

test("a gzip file of several members is read to its end", async () => {
  const stored = Buffer.concat([gzipSync("one\n"), gzipSync("two\n")]);
  expect((await read([stored])).whole).toBe("one\ntwo\n");
});

describe("bytes that are not UTF-8", () => {
  test.each<[string, number[], number]>([
    ["a Latin-1 letter", [0x61, 0xe9, 0x62], 1],
    ["a byte that is never one", [0x61, 0x62, 0xff, 0x61], 2],
    ["a continuation without a start", [0x61, 0x80], 1],
    ["an overlong slash", [0xc0, 0xaf, 0x61], 0],
    ["half a surrogate pair", [0x61, 0xed, 0xa0, 0x80, 0x61], 1],
    ["beyond the last character", [0xf4, 0x90, 0x80, 0x80, 0x61], 0],
    ["a sequence broken off by a letter", [0x61, 0xe2, 0x82, 0x61], 1],
    ["behind a byte order mark", [0xef, 0xbb, 0xbf, 0x61, 0xe9, 0x61], 4],
  ])("%s: the offset is named", async (_, bytes, offset) => {
    const { code, message } = await rejection(Uint8Array.from(bytes));
    expect(code).toBe("encoding");
    expect(message).toContain(`offset ${offset} `);
  });

  test("far behind, after characters of every length", async () => {
    const before = Buffer.from("aé€😀\n".repeat(30_000));
    const { message } = await read([Buffer.concat([before, Buffer.from([0x41, 0xfe, 0x0a])])]).catch((error) => error);
    expect(message).toContain(`offset ${before.length + 1} (0xfe)`);
  });

  test("any byte put anywhere is found exactly where a strict decoder stumbles", async () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const isText = (bytes: Uint8Array) => {
      try {
        decoder.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme", minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 0x80, max: 0xff }),
        async (text, place, byte) => {
          const good = Buffer.from(`header ${text} end`);
          const at = 8 + (place % (good.length - 8));
          const bytes = Buffer.concat([good.subarray(0, at), Buffer.of(byte), good.subarray(at)]);
          fc.pre(!isText(bytes));
          const error = await read([bytes]).then(
            () => undefined,
            (reason) => reason,
          );
          const offset = Number(/offset (\d+)/.exec(error?.message ?? "")?.[1]);
          // Everything before is text, and with what follows it no longer is: three more bytes are enough to tell.
          expect(isText(bytes.subarray(0, offset))).toBe(true);
          const further = [1, 2, 3, 4].map((more) => isText(bytes.subarray(0, Math.min(bytes.length, offset + more))));
          expect(further).not.toContain(true);
        },
      ),
    );
  });

  test("a character cut off at the end", async () => {
    expect(await rejection(Buffer.from("aé€").subarray(0, 5))).toEqual({
      code: "truncated",
      message: "The file ends at offset 3 in the middle of a character: it is cut off.",
    });
  });
});

test.each<[string, string]>([
  ["504b030414000000", "ZIP"],
  ["504b050600000000", "empty ZIP"],
  ["377abcaf271c0004", "7-Zip"],
  ["04224d1864404000", "LZ4"],
  ["5041523115041500", "Parquet"],
  ["4f52430000000000", "ORC"],
  ["4f626a0104166176", "Avro"],
  ["425a6839314159", "bzip2"],
  ["28b52ffd04000000", "Zstandard"],
  ["fd377a585a000000", "xz"],
  ["255044462d312e", "PDF"],
  ["fffe61006200", "UTF-16"],
  ["feff00610062", "UTF-16"],
  ["6100620063000a00", "UTF-16"],
])("bytes %s are %s", async (hex, name) => {
  const { code, message } = await rejection(Buffer.from(hex, "hex"));
  expect(code).toBe("format");
  expect(message).toContain(name);
});

describe("gzip", () => {
  const stored = gzipSync("a,b\n1,2\n".repeat(1_000));

  test("cut off", async () => {
    expect(await rejection(stored.subarray(0, 50))).toEqual({
      code: "truncated",
      message: "The gzip file is cut off.",
    });
  });

  test("damaged", async () => {
    const damaged = Buffer.from(stored);
    damaged.fill(0xff, 20, 30);
    expect(await rejection(damaged)).toEqual({ code: "format", message: "The gzip file is damaged." });
  });

  test("within gzip", async () => {
    expect((await rejection(gzipSync(stored))).message).toContain("gzip within gzip");
  });

  test("a bomb is not expanded", async () => {
    const bomb = gzipSync(Buffer.alloc(900_000, "a,b\n"));
    expect(await rejection(bomb, { ...LIMITS, maxInflation: 50 })).toMatchObject({
      code: "too-large",
      message: expect.stringContaining("50 times"),
    });
    expect(await rejection(bomb, { ...LIMITS, maxFileBytes: 500_000, maxInflation: 1_000 })).toMatchObject({
      message: expect.stringContaining("500000 bytes"),
    });
  });
});

test("a file larger than allowed is refused at the byte too many", async () => {
  const limits = { ...LIMITS, maxFileBytes: 10 };
  expect((await read([Buffer.alloc(10, "a")], limits)).whole).toHaveLength(10);
  expect(await rejection(Buffer.alloc(11, "a"), limits)).toMatchObject({ code: "too-large" });
});

test.each(["none", "gzip"])(
  "what the source throws passes through (%s), and the source is let go",
  async (compression) => {
    const content = Buffer.from("a,b\n".repeat(1_000));
    const stored = compression === "gzip" ? gzipSync(content) : content;
    let isLetGo = false;
    async function* broken() {
      try {
        yield stored.subarray(0, 30);
        throw new Error("connection reset");
      } finally {
        isLetGo = true;
      }
    }
    const text = new TextStream(broken(), LIMITS);
    await expect(async () => {
      for await (const _ of text);
    }).rejects.toThrow("connection reset");
    expect(isLetGo).toBe(true);
    expect(text.md5).toBeUndefined();
  },
);

test.each(["none", "gzip"])("whoever stops reading lets the source go (%s)", async (compression) => {
  const content = Buffer.from("a,b\n".repeat(100_000));
  const stored = compression === "gzip" ? gzipSync(content, { level: 0 }) : content;
  let isLetGo = false;
  async function* endless() {
    try {
      for (const piece of cut(stored, [1_000, 2_000, 200_000])) yield piece;
    } finally {
      isLetGo = true;
    }
  }
  for await (const _ of new TextStream(endless(), LIMITS)) break;
  await new Promise((resolve) => setImmediate(resolve));
  expect(isLetGo).toBe(true);
});
