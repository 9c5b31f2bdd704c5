import fc from "fast-check";
import { DATASETS } from "../../../contracts";
import { InvalidEvent } from "../../../functions/lib/errors";
import { isUploadEvent, placeOf, uploadOf } from "../../../functions/lib/upload-event";
import { objectCreated } from "../object-created";

const PREFIX = "raw/reviews/date=2025-01-15/";

test("an event of S3 says where the object is, what it holds and when it came", () => {
  const event = objectCreated({ bucket: "lake", key: `${PREFIX}a.csv`, etag: "e1", size: 3, version: "v1" });
  expect(isUploadEvent(event)).toBe(true);
  expect(uploadOf(event)).toEqual({
    bucket: "lake",
    key: `${PREFIX}a.csv`,
    etag: "e1",
    size: 3,
    version: "v1",
    time: "2025-01-16T02:00:00Z",
  });
});

test("a bucket without versions says none", () => {
  expect(uploadOf(objectCreated({ key: `${PREFIX}a.csv` }))).not.toHaveProperty("version");
});

// EventBridge encodes nothing: what would be decoded once too often comes out changed.
test.each([
  "a b.csv",
  "a+b.csv",
  "100%.csv",
  "%2B%20.csv",
  "Ünïcödé 良い 👍.csv",
  "../up.csv",
  "a/../../b.csv",
  "a//b.csv",
  "'\"<>&.csv",
  "\u202egpj.csv",
])("the key %j comes through as it is", (name) => {
  const { key } = uploadOf(JSON.parse(JSON.stringify(objectCreated({ key: PREFIX + name }))));
  expect(key).toBe(PREFIX + name);
  expect(placeOf(key)).toEqual({ kind: "file", dataset: "reviews", date: "2025-01-15" });
});

test("a key of 1,024 bytes comes through", () => {
  const key = PREFIX + "é".repeat((1_024 - PREFIX.length) / 2);
  expect(placeOf(uploadOf(objectCreated({ key })).key)).toMatchObject({ kind: "file" });
});

test("any name below a dataset's date is a file there, but for one that ends as folders do", () => {
  fc.assert(
    fc.property(fc.constantFrom(...DATASETS), fc.string({ minLength: 1, unit: "grapheme" }), (dataset, name) => {
      const place = placeOf(`raw/${dataset}/date=2024-02-29/${name}`);
      expect(place).toEqual(name.endsWith("/") ? { kind: "folder" } : { kind: "file", dataset, date: "2024-02-29" });
    }),
  );
});

test.each([
  ["raw/orders/date=2025-01-15/a.csv", 'There is no dataset "orders"; the datasets are transactions, products'],
  ["raw/__proto__/date=2025-01-15/a.csv", 'There is no dataset "__proto__"'],
  ["raw/reviews\n/date=2025-01-15/a.csv", 'There is no dataset "reviews?"'],
  ["raw/reviews/date=2025-02-29/a.csv", "a day of the calendar"],
  ["raw/reviews/date=2025-1-5/a.csv", "a day of the calendar"],
  ["raw/reviews/date=/a.csv", "a day of the calendar"],
  ["raw/reviews/2025-01-15/a.csv", "a day of the calendar"],
  ["raw/reviews/archive/date=2025-01-15/a.csv", 'this one lies below "archive"'],
])("%j is nowhere where files are read, and says why", (key, reason) => {
  expect(placeOf(key)).toMatchObject({ kind: "misplaced", reason: expect.stringContaining(reason) });
});

test.each([
  ["no object", null],
  ["another event", { ...objectCreated({ key: "k" }), "detail-type": "Object Deleted" }],
  ["another source", { ...objectCreated({ key: "k" }), source: "custom" }],
  ["no time", { ...objectCreated({ key: "k" }), time: undefined }],
  ["no key", objectCreated({ key: "" })],
  ["a key that is no text", { ...objectCreated({ key: "k" }), detail: { bucket: { name: "b" }, object: { key: 1 } } }],
  ["nothing in it", { "detail-type": "Object Created" }],
])("%s is refused", (_what, event) => {
  expect(() => uploadOf(event)).toThrow(InvalidEvent);
});

test("a call of the state machine is no upload", () => {
  expect(isUploadEvent({ run: "r", key: "raw/reviews/date=2025-01-15/a.csv" })).toBe(false);
  expect(isUploadEvent(null)).toBe(false);
});
