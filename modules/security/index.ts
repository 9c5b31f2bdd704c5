export { EncryptionKey, type EncryptionKeyProps, KEY_DEFAULTS } from "../lib/encryption-key";
export { CODE_SIGNING_DEFAULTS, CodeSigning, type CodeSigningProps } from "./code-signing";
export { DataKey, type DataKeyProps } from "./data-key";
export { EphemeralPassword, type EphemeralPasswordProps } from "./ephemeral-password";
export { DEFAULTS, PiiKey, type PiiKeyProps } from "./pii-key";
