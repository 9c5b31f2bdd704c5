import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { CliError } from "./errors";
import { LOCAL, shownPath } from "./paths";
import { type RunResult, run } from "./processes";
import { terraformEnvironment } from "./terraform-config";

/** How far an apply or destroy is. */
export interface TerraformProgress {
  /** Changes made. */
  readonly done: number;
  /** Changes planned. */
  readonly total: number;
  /** Address of the resource that was begun or made last. */
  readonly current: string;
}

/** What a plan would do, in numbers of resources. */
export interface PlannedChanges {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
}

/** How a plan is made. */
export interface PlanOptions {
  readonly file?: string;
  readonly refreshOnly?: boolean;
  readonly refresh?: boolean;
  readonly lock?: boolean;
}

/** Where Terraform works. */
export interface TerraformOptions {
  /** Folder of the synthesized stack (`cdk.tf.json`). */
  readonly stack: string;
  /** Folder for what Terraform keeps: its data, its log. */
  readonly work: string;
  /** Variables for the provider, over those of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Values of the backend's configuration, such as `path` of a local one. */
  readonly backend?: Readonly<Record<string, string>>;
}

/** The lines of `terraform … -json` that are looked at here. @see https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
interface Message {
  readonly type?: string;
  readonly changes?: PlannedChanges & { readonly operation: string };
  readonly hook?: { readonly resource?: { readonly addr?: string } };
  readonly diagnostic?: Diagnostic;
}

interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
}

/**
 * The one way to Terraform: finds the binary and the providers, works without internet where a provider mirror exists,
 * tells how far it is, and keeps a log.
 *
 * @example
 * const terraform = new Terraform({ stack: "cdktf.out/stacks/commerce-lake-local", work: ".local/run/x" });
 * await terraform.init();
 * await terraform.apply(({ done, total }) => console.log(`${done}/${total}`));
 */
export class Terraform {
  /** File with all that Terraform said. */
  readonly log: string;
  /** File with the versions and checksums of the providers, once `init` has run. @see https://developer.hashicorp.com/terraform/language/files/dependency-lock */
  readonly providers: string;
  private readonly binary: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(private readonly options: TerraformOptions) {
    const base = { ...process.env, ...options.env };
    this.binary = base.TERRAFORM || "terraform";
    this.log = path.join(options.work, "terraform.log");
    this.providers = path.join(options.stack, ".terraform.lock.hcl");
    mkdirSync(options.work, { recursive: true });
    this.env = {
      ...terraformEnvironment(base, path.join(LOCAL, "terraform")),
      TF_DATA_DIR: path.join(options.work, "terraform-data"),
    };
  }

  /**
   * Prepares the stack: providers and backend.
   *
   * @param providers a file like {@link providers}, to keep to
   * @throws CliError with what Terraform said
   */
  async init(providers?: string): Promise<void> {
    if (providers !== undefined) copyFileSync(providers, this.providers);
    const backend = Object.entries(this.options.backend ?? {}).map(([key, value]) => `-backend-config=${key}=${value}`);
    const result = await this.run(["init", "-no-color", "-reconfigure", ...backend]);
    if (result.code !== 0) throw this.failure("init", result.tail);
  }

  /**
   * @param options.file where to keep the plan, if anywhere
   * @param options.refreshOnly whether to look only at what was changed outside of Terraform
   * @param options.refresh whether to ask the account what is there, rather than the state alone
   * @param options.lock whether to hold the state meanwhile; without, nothing at all is written
   * @returns what an apply would do
   * @throws CliError with every error of the plan
   */
  async plan(options: PlanOptions = {}): Promise<PlannedChanges> {
    const { file, refreshOnly = false, refresh = true, lock = true } = options;
    let planned: PlannedChanges = { add: 0, change: 0, remove: 0 };
    const more = [
      ...(file === undefined ? [] : [`-out=${file}`]),
      ...(refreshOnly ? ["-refresh-only"] : []),
      ...(refresh ? [] : ["-refresh=false"]),
      ...(lock ? [] : ["-lock=false"]),
    ];
    await this.stream("plan", ["plan", "-json", ...more], ({ changes }) => {
      if (changes) planned = { add: changes.add, change: changes.change, remove: changes.remove };
    });
    return planned;
  }

  /**
   * Makes what the stack describes.
   *
   * @param onProgress called at each step
   * @throws CliError with every error
   */
  async apply(onProgress?: (progress: TerraformProgress) => void): Promise<void> {
    await this.stream("apply", ["apply", "-json", "-auto-approve"], progressOf(onProgress));
  }

  /**
   * Removes what the stack made.
   *
   * @param onProgress called at each step
   * @throws CliError with every error
   */
  async destroy(onProgress?: (progress: TerraformProgress) => void): Promise<void> {
    await this.stream("destroy", ["destroy", "-json", "-auto-approve"], progressOf(onProgress));
  }

  /**
   * Makes what a plan says, and nothing else.
   *
   * @param file a plan that `plan` kept
   * @throws CliError with every error; among them that the state has moved on since
   */
  async applyPlan(file: string, onProgress?: (progress: TerraformProgress) => void): Promise<void> {
    await this.stream("apply", ["apply", "-json", file], progressOf(onProgress));
  }

  /**
   * @param file a plan that `plan` kept; the state where left out
   * @returns it as JSON, as `terraform show -json` writes it
   * @throws CliError where it cannot be read
   */
  async show(file?: string): Promise<string> {
    const lines: string[] = [];
    const result = await this.run(
      ["show", "-json", ...(file === undefined ? [] : [file])],
      (line) => lines.push(line),
      true,
    );
    if (result.code !== 0) throw this.failure("show", result.tail);
    return lines.join("\n");
  }

  /**
   * @returns the stack's outputs by name
   * @throws CliError where there is no readable state
   */
  async output(): Promise<Record<string, unknown>> {
    const lines: string[] = [];
    const result = await this.run(["output", "-json"], (line) => lines.push(line));
    if (result.code !== 0) throw this.failure("output", result.tail);
    const outputs: Record<string, { value: unknown }> = JSON.parse(lines.join("\n"));
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  private async stream(verb: string, args: readonly string[], onMessage: (message: Message) => void): Promise<void> {
    const errors: Diagnostic[] = [];
    const { code, tail } = await this.run(args, (line) => {
      const message = parse(line);
      if (message?.diagnostic?.severity === "error") errors.push(message.diagnostic);
      if (message) onMessage(message);
    });
    if (code !== 0) throw this.failure(verb, errors.length > 0 ? errors.flatMap(describe) : tail);
  }

  private run(args: readonly string[], onLine?: (line: string) => void, isSecret = false): Promise<RunResult> {
    const { stack } = this.options;
    const listener = onLine ? { onLine } : {};
    return run(this.binary, args, { cwd: stack, env: this.env, log: this.log, isSecret, ...listener });
  }

  private failure(verb: string, lines: readonly string[]): CliError {
    const text = lines.map((line) => `    ${line}`).join("\n");
    return new CliError(
      `terraform ${verb} failed in ${shownPath(this.options.stack)}\n${text}\n  log   ${shownPath(this.log)}`,
    );
  }
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line);
  } catch {
    // Not every line is JSON: a crash of a provider, a warning before logging is set up. All are in the log.
    return undefined;
  }
}

function describe({ summary, detail, address }: Diagnostic): string[] {
  const where = address ? `${address}: ` : "";
  return [
    `${where}${summary}`,
    ...(detail ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => `  ${line}`),
  ];
}

function progressOf(onProgress?: (progress: TerraformProgress) => void): (message: Message) => void {
  let done = 0;
  let total = 0;
  return ({ type, changes, hook }) => {
    if (type === "change_summary" && changes?.operation === "plan")
      total = changes.add + changes.change + changes.remove;
    if (type === "apply_complete") done += 1;
    if (type === "apply_start" || type === "apply_complete") {
      onProgress?.({ done, total, current: hook?.resource?.addr ?? "" });
    }
  };
}
