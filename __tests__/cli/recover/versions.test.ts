import type { ListObjectVersionsCommandInput, ListObjectVersionsCommandOutput, S3Client } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { lakeOf } from "../../../cli/lib/lake";
import { histories, repairOf, type Version } from "../../../cli/recover/versions";
import { environment } from "../../../envs";

const version = (id: string, at: number, more: Partial<Version> = {}): Version => ({
  key: "raw/a.csv",
  id,
  at,
  isMarker: id.startsWith("gone"),
  isLatest: false,
  size: 3,
  etag: id,
  ...more,
});

test("what was deleted since loses the marks of its deletion, all of them", () => {
  const history = [version("v1", 10), version("gone1", 20), version("gone2", 30, { isLatest: true })];
  expect(repairOf(history, 15)).toEqual({ kind: "undelete", key: "raw/a.csv", markers: ["gone2", "gone1"] });
});

test("what was overwritten since is copied, however it was overwritten", () => {
  const copied = { kind: "copy", key: "raw/a.csv", version: "v1", size: 3 };
  expect(repairOf([version("v1", 10), version("v2", 20, { isLatest: true })], 15)).toEqual(copied);
  expect(repairOf([version("v1", 10), version("gone1", 20), version("v2", 30, { isLatest: true })], 15)).toEqual(
    copied,
  );
  expect(repairOf([version("v1", 10), version("v2", 20), version("gone1", 30, { isLatest: true })], 15)).toEqual(
    copied,
  );
});

test.each<[string, Version[], number]>([
  ["is as it was", [version("v1", 10, { isLatest: true })], 15],
  ["came in that very moment", [version("v1", 15, { isLatest: true })], 15],
  ["came since", [version("v1", 20, { isLatest: true })], 15],
  [
    "was copied back already",
    [version("v1", 10), version("v2", 20), version("v3", 30, { isLatest: true, etag: "v1" })],
    15,
  ],
  ["was deleted before", [version("v1", 10), version("gone1", 12, { isLatest: true })], 15],
  ["was deleted before, and came again since", [version("v1", 1), version("gone1", 2), version("v2", 20)], 15],
])("what %s stays", (_, history, time) => expect(repairOf(history, time)).toBeUndefined());

test("of two of one second, the newest is the one that S3 says is", () => {
  const history = [version("v1", 10), version("gone1", 20, { isLatest: true }), version("v2", 20)];
  expect(repairOf(history, 20)).toBeUndefined();
  expect(repairOf(history, 15)).toEqual({ kind: "copy", key: "raw/a.csv", version: "v1", size: 3 });
});

test("whatever the history, what comes back was there at the time, and nothing is lost that was not a mark", () => {
  const kinds = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(kinds, fc.integer({ min: 0, max: 7 }), (markers, time) => {
      const history = markers.map((isMarker, at) =>
        version(`${isMarker ? "gone" : "v"}${at}`, at, { isLatest: at === markers.length - 1 }),
      );
      const was = history.filter(({ at }) => at <= time).at(-1);
      const now = history.at(-1);
      const found = repairOf(history, time);
      if (was === undefined || was.isMarker || was === now) return found === undefined;
      if (found?.kind === "copy") return found.version === was.id;
      const left = history.filter(({ id }) => found?.markers.includes(id) === false);
      return left.at(-1) === was && left.length + (found?.markers.length ?? 0) === history.length;
    }),
  );
});

test("a key whose versions go on on the next page is told once, with all of them", async () => {
  const listed = (Key: string, VersionId: string, IsLatest = false) => ({ Key, VersionId, IsLatest });
  const pages: Partial<ListObjectVersionsCommandOutput>[] = [
    {
      Versions: [listed("a", "a1"), listed("b", "b2")],
      DeleteMarkers: [listed("a", "a2", true), listed("b", "b3", true)],
      IsTruncated: true,
      NextKeyMarker: "b",
      NextVersionIdMarker: "b2",
    },
    { Versions: [listed("b", "b1")], IsTruncated: true, NextKeyMarker: "b", NextVersionIdMarker: "b1" },
    { Versions: [listed("c", "c1", true)], IsTruncated: false },
  ];
  const asked: (string | undefined)[][] = [];
  const send = async ({ input }: { input: ListObjectVersionsCommandInput }) => {
    asked.push([input.Prefix, input.KeyMarker, input.VersionIdMarker]);
    return pages[asked.length - 1];
  };
  // Only its answers matter here.
  const s3 = { send } as unknown as S3Client;
  const seen: string[][] = [];
  for await (const history of histories({ ...lakeOf(environment("local")), s3 }, "p")) {
    seen.push(history.map(({ id }) => id));
  }
  expect(seen).toEqual([["a1", "a2"], ["b2", "b3", "b1"], ["c1"]]);
  expect(asked).toEqual([
    ["p", undefined, undefined],
    ["p", "b", "b2"],
    ["p", "b", "b1"],
  ]);
});
