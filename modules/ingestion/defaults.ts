/** What ingestion is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** MB; from 1,769 on a function has a whole CPU. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  validatorMemoryMb: 1_769,
  /** Seconds, all that Lambda gives: the largest file that a contract allows takes minutes. */
  validatorTimeoutSeconds: 900,
  /** Seconds: a date may have thousands of files, each with its entry. */
  manifestTimeoutSeconds: 300,
});
