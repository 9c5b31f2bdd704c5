export { DEFAULTS } from "./defaults";
export { Ingestion } from "./ingestion";
export type { IngestionProps } from "./ingestion-props";
export { UploadTrigger } from "./upload-trigger";
export type { UploadTriggerProps } from "./upload-trigger-props";
