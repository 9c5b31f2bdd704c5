export { DEFAULTS, StateBucket, type StateBucketProps } from "./state-bucket";
