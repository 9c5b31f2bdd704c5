import { LakeObjects } from "../../functions/lib/lake-objects";
import { Metrics } from "../../functions/lib/metrics";
import { objectLink } from "../../functions/lib/object-link";

/** A lake in memory, for functions that read and write small objects whole. */
export class MemoryObjects extends LakeObjects {
  readonly texts = new Map<string, string>();

  constructor(objects: Readonly<Record<string, unknown>> = {}) {
    super("lake");
    for (const [key, value] of Object.entries(objects)) {
      this.texts.set(key, typeof value === "string" ? value : JSON.stringify(value));
    }
  }

  override async readText(key: string): Promise<string | undefined> {
    return this.texts.get(key);
  }

  override async writeText(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
  }

  override link(key: string): string {
    return objectLink("lake", key, { AWS_REGION: "eu-central-1" });
  }

  /** The value of a JSON object that was written. */
  json(key: string): unknown {
    return JSON.parse(this.texts.get(key) ?? "null");
  }
}

/** A logger that says nothing. */
export const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** Figures by what they are of: `prod`, or `prod reviews`. */
type Emitted = Readonly<Record<string, unknown>>;

/** Metrics that remember what was emitted, as CloudWatch reads it off the lines. */
export function rememberedMetrics(environment = "test"): { metrics: Metrics; emitted: Emitted[] } {
  const emitted: Emitted[] = [];
  const metrics = new Metrics(
    environment,
    () => 0,
    (line) => {
      const { _aws, ...figures } = JSON.parse(line);
      emitted.push(figures);
    },
  );
  return { metrics, emitted };
}

/** Metrics that nobody looks at. */
export const unmeasured = rememberedMetrics().metrics;
