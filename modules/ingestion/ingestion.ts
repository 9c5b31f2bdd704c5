import { Construct } from "constructs";
import { LambdaFunction } from "../lib/lambda-function";
import { LedgerTable } from "../lib/ledger-table";
import type { AlarmLimits, Measured, Measures } from "../lib/measures";
import { DEFAULTS } from "./defaults";
import { fileMeasures } from "./file-measures";
import type { IngestionProps } from "./ingestion-props";

/**
 * What stands between the raw zone and the jobs: the file ledger, the function that validates one file, and the one that turns
 * the accepted files into a run's manifest.
 *
 * @example
 * const ingestion = new Ingestion(this, "Ingestion", { names, lake });
 * ingestion.validateFile.grantInvoke(role);
 */
export class Ingestion extends Construct implements Measured {
  readonly fileLedger: LedgerTable;
  readonly validateFile: LambdaFunction;
  readonly buildManifest: LambdaFunction;
  private readonly environment: string;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    const { names, lake, functions = {} } = props;
    this.environment = names.environment;
    this.fileLedger = new LedgerTable(this, "FileLedger", {
      name: names.fileLedger,
      indexes: [
        { name: "by-dataset-date", hashKey: "dataset_date", rangeKey: "key" },
        { name: "by-state", hashKey: "state", rangeKey: "updated_at" },
      ],
      ...(props.protected === undefined ? {} : { protected: props.protected }),
    });
    const environment = { LAKE_BUCKET: lake.bucketName, FILE_LEDGER_TABLE: this.fileLedger.tableName };

    this.validateFile = new LambdaFunction(this, "ValidateFile", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "validate-file",
      description: "Reads one raw file against its contract and enters it in the file ledger",
      environment,
      memoryMb: props.validatorMemoryMb ?? DEFAULTS.validatorMemoryMb,
      timeoutSeconds: DEFAULTS.validatorTimeoutSeconds,
    });
    lake.zones.raw.grantRead(this.validateFile);
    this.fileLedger.grantReadWrite(this.validateFile);

    this.buildManifest = new LambdaFunction(this, "BuildManifest", {
      ...functions,
      names,
      store: lake.artifacts,
      functionName: "build-manifest",
      description: "Writes the manifest of a run from the files that the ledger accepted",
      environment,
      timeoutSeconds: DEFAULTS.manifestTimeoutSeconds,
    });
    this.fileLedger.grantRead(this.buildManifest);
    lake.zones.runs.grantRead(this.buildManifest);
    lake.zones.runs.grantWrite(this.buildManifest, "*/manifest.json");
  }

  measures(limits: AlarmLimits): Measures {
    return fileMeasures(this.environment, limits);
  }
}
