export { DEFAULTS } from "./defaults";
export { Etl } from "./etl";
export { type EtlProps, JOB_OF_DATASET, type JobSettings, type PiiKeySecret, type WorkerType } from "./etl-props";
export { GlueJob, type GlueJobProps } from "./glue-job";
export { CATALOG, sparkConf } from "./spark";
