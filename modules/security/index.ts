export { EphemeralPassword, type EphemeralPasswordProps } from "./ephemeral-password";
export { DEFAULTS, PiiKey, type PiiKeyProps } from "./pii-key";
