export { EncryptionKey, type EncryptionKeyProps, KEY_DEFAULTS } from "../lib/encryption-key";
export { CODE_SIGNING_DEFAULTS, CodeSigning, type CodeSigningProps } from "./code-signing";
export { DataKey, type DataKeyProps } from "./data-key";
export { EphemeralPassword, type EphemeralPasswordProps } from "./ephemeral-password";
export { Network } from "./network";
export { JobAttachment } from "./network-attachments";
export { type Nat, NETWORK_DEFAULTS, type NetworkProps } from "./network-props";
export { DEFAULTS, PiiKey, type PiiKeyProps } from "./pii-key";
