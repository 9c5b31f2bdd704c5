export { DEFAULTS } from "./defaults";
export { HistoryTable, type HistoryTableProps } from "./history-table";
export { type NamedQuery, namedQueries } from "./named-queries";
export { Query } from "./query";
export type { QueryProps } from "./query-props";
export { Workgroup, type WorkgroupProps } from "./workgroup";
