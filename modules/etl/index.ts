export { DEFAULTS } from "./defaults";
export { Etl } from "./etl";
export { DATASET_OF_JOB, type EtlProps, type JobSettings, type PiiKeySecret, type WorkerType } from "./etl-props";
export { GlueJob, type GlueJobProps } from "./glue-job";
export { CATALOG, StoredFile, type StoredFileProps, sparkConf } from "./spark";
