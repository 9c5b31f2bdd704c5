import {
  CloudWatchLogsClient,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch-logs";
import { clientConfig, type Lake } from "../../cli/lib/lake";
import { FUNCTION_NAMES } from "../../modules/lib/naming";

interface EmbeddedMetrics {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/**
 * The figures that the functions of a lake have written to their logs in the embedded metric format, as CloudWatch would find them.
 *
 * @returns each as `Name` where it is of the environment, else as `Name of Dimension`
 */
export async function emittedMetrics(lake: Lake): Promise<Set<string>> {
  const client = new CloudWatchLogsClient(clientConfig(lake.environment, lake.local));
  const found = new Set<string>();
  for (const name of FUNCTION_NAMES) {
    try {
      const pages = paginateFilterLogEvents({ client }, { logGroupName: lake.names.logGroups.function(name) });
      for await (const { events = [] } of pages) {
        for (const { message = "" } of events) {
          if (!message.startsWith('{"_aws":')) continue;
          const { _aws }: EmbeddedMetrics = JSON.parse(message);
          for (const { Dimensions, Metrics } of _aws.CloudWatchMetrics) {
            const [scope] = Dimensions.flat().filter((dimension) => dimension !== "Environment");
            for (const { Name } of Metrics) found.add(scope === undefined ? Name : `${Name} of ${scope}`);
          }
        }
      }
    } catch (error) {
      // A function that nobody called has no log yet.
      if (!(error instanceof ResourceNotFoundException)) throw error;
    }
  }
  return found;
}
