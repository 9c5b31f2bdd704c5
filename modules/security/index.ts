export { DATA_KEY_DEFAULTS, DataKey, type DataKeyProps } from "./data-key";
export { EphemeralPassword, type EphemeralPasswordProps } from "./ephemeral-password";
export { DEFAULTS, PiiKey, type PiiKeyProps } from "./pii-key";
