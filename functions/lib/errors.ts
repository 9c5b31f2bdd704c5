/**
 * A failure that a function ends with. Its name reaches the state machine as the error's name, which its retries and catches go
 * by; its message is for people and names no personal data.
 */
export abstract class FunctionError extends Error {
  /** Written out in each class: class names are shortened in a bundle, error names must not be. */
  abstract override readonly name: string;
}

/** The event is not what the function is to be called with: calling again is no use. */
export class InvalidEvent extends FunctionError {
  override readonly name = "InvalidEvent";
}

/** Another call is validating the same file right now: call again when it is done or its lease is over. */
export class FileBusy extends FunctionError {
  override readonly name = "FileBusy";
}

/** The claim on a file was lost to another call, because the file was overwritten or the lease ran out: call again. */
export class ClaimLost extends FunctionError {
  override readonly name = "ClaimLost";
}

/** S3 or DynamoDB failed while a file was validated, which says nothing about the file: call again. */
export class ValidationInterrupted extends FunctionError {
  override readonly name = "ValidationInterrupted";
}

/** The ledger accepted a file and does not say what it found in it. */
export class ManifestIncomplete extends FunctionError {
  override readonly name = "ManifestIncomplete";
}

/** A run that is to be resumed has no manifest. */
export class ManifestMissing extends FunctionError {
  override readonly name = "ManifestMissing";
}

/** A table in the catalog is not what its contract says. */
export class TableMismatch extends FunctionError {
  override readonly name = "TableMismatch";
}

/** A query did not succeed. */
export class QueryFailed extends FunctionError {
  override readonly name = "QueryFailed";
}
