import { jsonata } from "../asl";
import { retry, waitFor } from "../retries";
import { failsRun, type RunContext, type RunStates, runPayload, variable } from "../run-context";
import { RESOURCES } from "../tasks";

const PREFIX = jsonata("'raw/' & $dataset & '/date=' & $date & '/'");

/**
 * Step 1. Lists each dataset's raw prefix of the date, validates each file in a child execution of its own, and builds the
 * manifest of the accepted ones. What became of each file is in the file ledger, so the children's results are dropped:
 * any number of files fits.
 */
export function validateFiles(context: RunContext): RunStates {
  const { tasks, parts, settings } = context;
  const bucket = parts.lake.bucketName;
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
            // Child executions see none of the variables.
            ItemSelector: {
              ...runPayload(),
              dataset: jsonata("$dataset"),
              bucket,
              key: jsonata("$states.context.Map.Item.Value.Key"),
              size: jsonata("$states.context.Map.Item.Value.Size"),
              etag: jsonata("$replace($states.context.Map.Item.Value.Etag, '\"', '')"),
            },
            MaxConcurrency: settings.concurrency.files,
            ItemProcessor: {
              ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
              StartAt: "IsFile",
              States: {
                IsFile: {
                  Type: "Choice",
                  // The console makes an empty object for a folder.
                  Choices: [{ Condition: jsonata("$substring($states.input.key, -1) = '/'"), Next: "SkipFolder" }],
                  Default: "ValidateFile",
                },
                SkipFolder: { Type: "Pass", Output: {}, End: true },
                ValidateFile: tasks.invoke(
                  parts.functions.validateFile,
                  jsonata("$states.input"),
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
      Catch: failsRun("ValidateFiles"),
      Output: {},
      Next: "BuildManifest",
    },
    BuildManifest: tasks.invoke(
      parts.functions.buildManifest,
      { ...runPayload(), datasets: variable("datasets") },
      settings.timeouts.buildManifest,
      {
        assign: {
          manifest: jsonata("$states.result.Payload.manifest"),
          withFiles: jsonata("$states.result.Payload.withFiles"),
          files: jsonata("$states.result.Payload.datasets"),
        },
        catches: failsRun("ValidateFiles"),
        next: "HasFiles",
      },
    ),
    HasFiles: {
      Type: "Choice",
      Choices: [{ Condition: jsonata("$count($withFiles) > 0"), Next: "RunCrawlers" }],
      Default: "SummarizeRun",
    },
  };
}
