import { contracts, type Dataset } from "../../contracts";
import type { ManifestFile } from "../lib/manifest";
import type { Found } from "./usual";

/** Names of columns and their types, as the catalog has them; an empty type is not known. */
export type Schema = Readonly<Record<string, string>>;

/** Changes of a schema that a report names. */
const MOST_CHANGES = 20;

/**
 * The columns that came with a run: those of the files that it accepted, and the types that the crawler saw in them. Crawlers read what
 * was rejected as well, and keep what other dates brought: neither says anything of this run.
 *
 * @param crawled columns of the crawled table, whose names are in lower case.
 */
export function schemaOf(files: readonly Pick<ManifestFile, "columns">[], crawled: Schema): Schema {
  const names = files.flatMap(({ columns }) => columns.map((name) => name.toLowerCase()));
  // Names are the sources': one of them may be "constructor".
  return Object.fromEntries(names.map((name) => [name, Object.hasOwn(crawled, name) ? (crawled[name] ?? "") : ""]));
}

/** Compares the columns that came with those of the last good run; before the first, with the contract's. */
export function schemaDrift(id: string, dataset: Dataset, now: Schema, before: Schema | undefined): Found {
  // Which types a crawler sees in a file, the first run has nothing to compare with.
  const expected =
    before ?? Object.fromEntries(Object.keys(contracts[dataset].properties).map((name) => [name.toLowerCase(), ""]));
  const changes = [
    ...Object.keys(now).flatMap((name) => (Object.hasOwn(expected, name) ? [] : [`${name} is new`])),
    ...Object.keys(expected).flatMap((name) => (Object.hasOwn(now, name) ? [] : [`${name} is gone`])),
    ...Object.entries(now).flatMap(([name, type]) =>
      type && Object.hasOwn(expected, name) && expected[name] && expected[name] !== type
        ? [`${name} was ${expected[name]}, is ${type}`]
        : [],
    ),
  ];
  return {
    id,
    description: `The accepted files have the columns ${before === undefined ? "of the contract" : "of those of the last good run, of the same types"}.`,
    passed: changes.length === 0,
    observed: changes.length === 0 ? "the same" : changes.slice(0, MOST_CHANGES).join(", "),
    expected: "the same",
    value: changes.length,
  };
}
