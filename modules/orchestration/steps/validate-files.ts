import { jsonata } from "../asl";
import { retry, waitFor } from "../retries";
import { failsRun, type RunContext, type RunStates, runPayload, variable } from "../run-context";
import { RESOURCES } from "../tasks";

const PREFIX = jsonata("'raw/' & $dataset & '/date=' & $date & '/'");

/**
 * Bytes of a batch's listing: half of what a state may hold, since the batch is in its input and in its arguments.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const BATCH_BYTES = 131_072;

/** Invocations side by side for the files of one batch. */
const MOST_SHARES_AT_ONCE = 10;

/**
 * Step 1. Lists each dataset's raw prefix of the date, validates the files batch by batch in child executions, and builds the
 * manifest of the accepted ones. What became of each file is in the file ledger, so the children's results are dropped: any
 * number of files fits, and what is tried again costs only the files that are not in the ledger yet.
 */
export function validateFiles(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  const bucket = parts.lake.bucketName;
  const sharesAtOnce = Math.min(settings.concurrency.files, MOST_SHARES_AT_ONCE);
  return {
    ValidateFiles: {
      Type: "Map",
      Items: variable("datasets"),
      ItemSelector: { dataset: jsonata("$states.context.Map.Item.Value") },
      MaxConcurrency: 0,
      ItemProcessor: {
        ProcessorConfig: { Mode: "INLINE" },
        StartAt: "LookForFiles",
        States: {
          // A reader that finds nothing to read may count that as an error.
          LookForFiles: tasks.call(
            "listObjects",
            { Bucket: bucket, Prefix: jsonata("'raw/' & $states.input.dataset & '/date=' & $date & '/'"), MaxKeys: 1 },
            {
              assign: { dataset: jsonata("$states.input.dataset"), listed: jsonata("$states.result.KeyCount") },
              next: "AnyFiles",
            },
          ),
          AnyFiles: {
            Type: "Choice",
            Choices: [{ Condition: jsonata("$listed > 0"), Next: "ValidateDataset" }],
            Default: "NoFiles",
          },
          NoFiles: { Type: "Pass", Output: {}, End: true },
          ValidateDataset: {
            Type: "Map",
            Label: "ValidateDataset",
            ItemReader: { Resource: RESOURCES.readListing, Arguments: { Bucket: bucket, Prefix: PREFIX } },
            ItemBatcher: {
              MaxItemsPerBatch: settings.filesPerBatch,
              MaxInputBytesPerBatch: BATCH_BYTES,
              // Child executions see none of the variables.
              BatchInput: { ...runPayload(), dataset: jsonata("$dataset"), bucket },
            },
            MaxConcurrency: Math.floor(settings.concurrency.files / sharesAtOnce),
            ItemProcessor: {
              ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
              StartAt: "ShareOut",
              States: {
                ShareOut: {
                  Type: "Map",
                  Items: shares(settings.largeFileBytes),
                  ItemSelector: {
                    batch: jsonata("$states.input.BatchInput"),
                    share: jsonata("$states.context.Map.Item.Value"),
                  },
                  MaxConcurrency: sharesAtOnce,
                  ItemProcessor: {
                    ProcessorConfig: { Mode: "INLINE" },
                    StartAt: "ValidateShare",
                    States: {
                      ValidateShare: tasks.invoke(
                        parts.functions.validateFile,
                        jsonata("$merge([$states.input.batch, $states.input.share])"),
                        settings.timeouts.validateFile,
                        {
                          retries: [
                            // Whoever is at the same file lets go of it when its function ends, at the latest.
                            waitFor(["FileBusy", "ClaimLost"], {
                              wait: settings.timeouts.validateFile,
                              interval: settings.filePoll,
                            }),
                            retry(["ValidationInterrupted"], settings.retries.service),
                          ],
                          end: true,
                        },
                      ),
                    },
                  },
                  Output: {},
                  End: true,
                },
              },
            },
            Output: {},
            End: true,
          },
        },
      },
      Catch: failsRun("ValidateFiles"),
      Output: {},
      Next: "BuildManifest",
    },
    BuildManifest: tasks.invoke(
      parts.functions.buildManifest,
      {
        ...runPayload(),
        datasets: variable("datasets"),
        quietSeconds: jsonata(`$trigger = 'upload' ? ${settings.arrivals.quiet} : 0`),
      },
      settings.timeouts.buildManifest,
      {
        assign: {
          manifest: jsonata("$states.result.Payload.manifest"),
          withFiles: jsonata("$states.result.Payload.withFiles"),
          files: jsonata("$states.result.Payload.datasets"),
          settled: jsonata("$states.result.Payload.settled"),
          rounds: jsonata("$rounds + 1"),
        },
        catches: failsRun("ValidateFiles"),
        next: "FilesSettled",
      },
    ),
    // A thousand files take a while to arrive, and are one run.
    FilesSettled: {
      Type: "Choice",
      Choices: [{ Condition: jsonata(`$settled or $rounds > ${settings.arrivals.rounds}`), Next: "HasFiles" }],
      Default: "WaitForFiles",
    },
    WaitForFiles: { Type: "Wait", Seconds: settings.arrivals.quiet, Output: {}, Next: "ValidateFiles" },
    HasFiles: {
      Type: "Choice",
      Choices: [{ Condition: jsonata("$count($withFiles) > 0"), Next: "RunCrawlers" }],
      Default: "SummarizeRun",
    },
  };
}

/**
 * Shares a batch out to invocations: its small files together, for most of what they cost is the invocation; each large one to
 * itself, for it may take minutes of the fifteen that a function has.
 */
function shares(largeFileBytes: number): string {
  const listed = "{'key': Key, 'etag': Etag}";
  return jsonata(`(
    $small := $states.input.Items[Size <= ${largeFileBytes}];
    $large := $states.input.Items[Size > ${largeFileBytes}];
    [$exists($small) ? {'files': [$small.${listed}]}, $large.{'files': [${listed}]}]
  )`);
}
