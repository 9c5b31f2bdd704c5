export { DEFAULTS } from "./defaults";
export { Etl } from "./etl";
export {
  type EtlProps,
  type ExecutionClass,
  JOB_OF_DATASET,
  type JobNetwork,
  type JobSettings,
  type PiiKeySecret,
  type WorkerType,
} from "./etl-props";
export { GlueJob, type GlueJobProps } from "./glue-job";
export { JobEncryption, type JobEncryptionProps } from "./job-encryption";
export { CATALOG, sparkConf } from "./spark";
