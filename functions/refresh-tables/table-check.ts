import type { Table } from "@aws-sdk/client-glue";
import type { Column } from "../../contracts";
import { listed } from "../lib/printable";

/** How a table in the catalog differs from its contract. */
export interface TableDifference {
  /** What readers by contract would stumble over: columns that are missing or of another type. */
  readonly faults: readonly string[];
  /** Columns that the contract does not know. */
  readonly unknown: readonly string[];
}

/** Compares a table as the catalog has it with the columns of its contract. Names are compared as Glue keeps them, in lower case. */
export function compareTable(table: Table, columns: readonly Column[]): TableDifference {
  const actual = new Map(
    (table.StorageDescriptor?.Columns ?? []).map((column) => [
      column.Name ?? "",
      (column.Type ?? "").replaceAll(" ", ""),
    ]),
  );
  const faults = columns.flatMap(({ name, type }) => {
    const found = actual.get(name);
    if (found === undefined) return [`column ${name} is missing (there are ${listed([...actual.keys()], 40)})`];
    return found === type ? [] : [`column ${name} is ${found}, the contract says ${type}`];
  });
  const known = new Set(columns.map((column) => column.name));
  const isIceberg = table.Parameters?.table_type?.toUpperCase() === "ICEBERG";
  return {
    faults: isIceberg ? faults : ["it is no Iceberg table", ...faults],
    unknown: [...actual.keys()].filter((name) => !known.has(name)),
  };
}
