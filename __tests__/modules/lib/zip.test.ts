import { unzipSync } from "fflate";
import { zip } from "../../../modules/lib/zip";

const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex");

test("what goes in comes out, empty files and accents too", () => {
  const files = new Map([
    ["index.js", bytes("module.exports = 'é';")],
    ["deep/er/empty.py", bytes("")],
  ]);
  expect(new Map(Object.entries(unzipSync(zip(files))))).toEqual(files);
});

test("neither the order of the files nor the clock nor the time zone changes a byte", () => {
  const one = zip(new Map([["a", bytes("1")], ["b/c", bytes("2")]])); // biome-ignore format: side by side
  const zone = process.env.TZ;
  jest.useFakeTimers({ now: new Date("2031-05-06T07:08:09Z") });
  process.env.TZ = "Pacific/Kiritimati";
  try {
    expect(hex(zip(new Map([["b/c", bytes("2")], ["a", bytes("1")]])))).toBe(hex(one)); // biome-ignore format: side by side
  } finally {
    jest.useRealTimers();
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  }
});

test("content and names change it", () => {
  const base = hex(zip(new Map([["a", bytes("1")]])));
  expect(hex(zip(new Map([["a", bytes("2")]])))).not.toBe(base);
  expect(hex(zip(new Map([["b", bytes("1")]])))).not.toBe(base);
});
