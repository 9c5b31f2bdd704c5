/** What ingestion is unless its props say otherwise. */
export const DEFAULTS = Object.freeze({
  /** MB; from 1,769 on a function has a whole CPU. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
  validatorMemoryMb: 1_769,
  /** Seconds, all that Lambda gives: the largest file that a contract allows takes minutes. */
  validatorTimeoutSeconds: 900,
  /** Seconds: a date may have thousands of files, each with its entry. */
  manifestTimeoutSeconds: 300,
  /** Seconds that a validation may wait for room. Lambda's own six hours are too long for somebody to wait for a verdict. */
  validationPatienceSeconds: 3_600,
  /** Seconds for which uploads are gathered: all that Lambda gives. */
  batchingWindowSeconds: 300,
  /** Messages at once: all that Lambda gives. */
  batchSize: 10_000,
  /** Seconds until a message is looked at again: as AWS asks, the window and six times the function's timeout, rounded. */
  retrySeconds: 660,
  /** Seconds: ten thousand files, each looked up and looked at. */
  startTimeoutSeconds: 60,
  /** Seconds that a file waits for a run: longer than the longest run may hold its date. */
  patienceSeconds: 50_400,
});
