export { DEFAULTS } from "./defaults";
export { Ingestion } from "./ingestion";
export type { IngestionProps } from "./ingestion-props";
