/** What can have become of a file, by the file ledger. */
export const FILE_STATES = ["claimed", "accepted", "rejected", "duplicate"] as const;
export type FileState = (typeof FILE_STATES)[number];
