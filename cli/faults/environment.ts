import { type Environment, environment } from "../../envs";

/** Tries after the first that a run makes of what is transient, while faults are tried out. */
export const RETRIES = 2;

const local = environment("local");

/** The variable that tells the suite's app what becomes of a run of which a dataset fails. */
export const ON_DATASET_FAILURE = "COMMERCE_LAKE_FAULTS_ON_DATASET_FAILURE";

/**
 * The local environment for runs that are broken on purpose: the definition is the same, it only waits for less.
 *
 * @param onDatasetFailure `continue`, where the others are to go on; otherwise all is to stop
 */
export function faultsEnvironment(onDatasetFailure: string | undefined): Environment {
  return {
    ...local,
    batch: {
      ...local.batch,
      onDatasetFailure: onDatasetFailure === "continue" ? "continue" : "stop",
      patience: {
        // Long enough for a call and a crawl on a machine that has much else to do.
        timeouts: { call: 15, crawler: 30 },
        retries: {
          service: { attempts: RETRIES, interval: 1, longest: 3 },
          capacity: { attempts: RETRIES, interval: 1, longest: 3 },
        },
      },
    },
    // A file that waits for a run starts none by itself: each run is started by the suite.
    uploads: { ...local.uploads, retrySeconds: 43_200 },
  };
}
