/** Why a whole file is rejected, for programs; the message is for people. */
export type RejectCode =
  | "empty"
  | "too-large"
  | "format"
  | "encoding"
  | "limits"
  | "truncated"
  | "syntax"
  | "columns"
  | "other-dataset"
  | "bad-rows";

/** A file that cannot be accepted: a verdict on the file, not a fault of ours. */
export class FileRejected extends Error {
  override readonly name = "FileRejected";

  /** @param message what was found, where, and what is expected: printable text without a value of a personal column. */
  constructor(
    readonly code: RejectCode,
    message: string,
  ) {
    super(message);
  }
}
