import { type Zippable, zipSync } from "fflate";

// The first moment that the zip format can hold. It has no time zone: local fields are written, local fields are given.
const EPOCH = new Date(1980, 0, 1);
const UNIX = 3;
const READABLE_FILE = 0o100644;

/**
 * A zip of files that depends on their names and bytes alone: neither on the clock, nor on the order in which they are
 * given, nor on their modes on this machine.
 *
 * @param files content by path inside the archive, with `/` between folders.
 */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries: Zippable = {};
  for (const path of [...files.keys()].sort()) {
    const content = files.get(path);
    if (content !== undefined) {
      entries[path] = [content, { mtime: EPOCH, os: UNIX, attrs: READABLE_FILE << 16, level: 6 }];
    }
  }
  return zipSync(entries);
}
