/** What has to be there before an environment's first plan: the bucket of its state. @see modules/bootstrap/README.md */
import { mkdirSync } from "node:fs";
import { App, TerraformOutput, TerraformStack } from "cdktf";
import { type Environment, environment, UnknownEnvironmentError } from "./envs";
import { StateBucket } from "./modules/bootstrap";
import { GithubRoles } from "./modules/ci";
import { guardAgainstDeletion } from "./modules/lib/deletion-guard";
import { ConfigurationError } from "./modules/lib/errors";
import { names as namesOf } from "./modules/lib/naming";
import { configureTerraform } from "./modules/lib/terraform";
import { boundaryOf } from "./modules/security";

/** The state bucket of one environment, and the roles of the workflows that deploy it. Its own state begins as a file, and moves into the bucket once that is there. */
export class BootstrapStack extends TerraformStack {
  /**
   * @param first whether the bucket is not there yet.
   * @throws ConfigurationError where the environment keeps its state in a file.
   */
  constructor(app: App, env: Environment, first: boolean) {
    const id = `commerce-lake-bootstrap-${env.name}`;
    super(app, id);
    if (env.state.kind !== "s3") {
      throw new ConfigurationError(`envs/${env.name}.ts`, {
        rule: "a state bucket is made for an environment that keeps its state in S3",
        received: env.state,
        remedy: "name another environment in LAKE_ENV: this one needs no bootstrap",
      });
    }
    configureTerraform(this, id, first ? { ...env, state: { kind: "file", path: `${id}.tfstate` } } : env);
    guardAgainstDeletion(this);
    const { bucketName } = new StateBucket(this, "State", { bucketName: env.state.bucket });
    const output = (id: string, value: string, description: string) =>
      new TerraformOutput(this, id, { value, description, staticId: true });
    output("bucket", bucketName, "The bucket of Terraform's state");
    if (env.ci === "none") return;
    const { github: repository, branch, provider } = env.ci;
    const names = namesOf(env);
    const boundary = boundaryOf(env.access.permissionBoundary, names.permissionBoundary);
    const ci = new GithubRoles(this, "Ci", {
      names,
      repository,
      branch,
      provider,
      stateBucket: bucketName,
      ...(boundary === undefined ? {} : { permissionBoundary: boundary.name }),
    });
    output("plan_role", ci.plan.arn, "Role of pull requests");
    output("audit_role", ci.audit.arn, "Role that plans deploys and looks for drift");
    output("deploy_role", ci.deploy.arn, "Role that deploys");
  }
}

/**
 * An app with the bootstrap of one environment; `synth()` writes it.
 *
 * @param first whether the bucket is not there yet
 * @param outdir folder that it is written to
 */
export function bootstrap(env: Environment, first: boolean, outdir = process.env.CDKTF_OUTDIR ?? "cdktf.out"): App {
  mkdirSync(outdir, { recursive: true });
  const app = new App({ stackTraces: false, outdir });
  new BootstrapStack(app, env, first);
  return app;
}

if (require.main === module) {
  const { LAKE_ENV, LAKE_BOOTSTRAP } = process.env;
  try {
    if (LAKE_ENV === undefined || (LAKE_BOOTSTRAP !== undefined && LAKE_BOOTSTRAP !== "first")) {
      throw new ConfigurationError("bootstrap.ts", {
        rule: 'LAKE_ENV names the environment, and LAKE_BOOTSTRAP is "first" before there is a bucket, later not set',
        received: { LAKE_ENV, LAKE_BOOTSTRAP },
        remedy: "begin with LAKE_ENV=dev LAKE_BOOTSTRAP=first npm run bootstrap",
      });
    }
    bootstrap(environment(LAKE_ENV), LAKE_BOOTSTRAP === "first").synth();
  } catch (error) {
    // What a person can mend is said in a sentence; the rest is a fault of ours and comes with its stack.
    if (!(error instanceof UnknownEnvironmentError || error instanceof ConfigurationError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
