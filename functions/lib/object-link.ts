/** What of a function's environment says where its AWS is. */
export type Whereabouts = Readonly<Partial<Record<"AWS_ENDPOINT_URL" | "AWS_REGION", string>>>;

/** Consoles of the partitions that are not the usual one, by how the names of their regions begin. */
const CONSOLES: readonly (readonly [region: string, console: string])[] = [
  ["cn-", "console.amazonaws.cn"],
  ["us-gov-", "console.amazonaws-us-gov.com"],
];

/**
 * Where a person opens an object in a browser: the console, which asks who that is; on the local AWS the object itself.
 *
 * @example
 * objectLink("data-lake-dev-123456789012", "runs/a.html", { AWS_REGION: "eu-central-1" });
 * // https://eu-central-1.console.aws.amazon.com/s3/object/data-lake-dev-123456789012?region=eu-central-1&prefix=runs%2Fa.html
 */
export function objectLink(bucket: string, key: string, { AWS_ENDPOINT_URL, AWS_REGION }: Whereabouts): string {
  if (AWS_ENDPOINT_URL) return `${AWS_ENDPOINT_URL.replace(/\/$/, "")}/${bucket}/${encodeURI(key)}`;
  const [, elsewhere] = CONSOLES.find(([region]) => AWS_REGION?.startsWith(region)) ?? [];
  const host = elsewhere ?? (AWS_REGION ? `${AWS_REGION}.console.aws.amazon.com` : "console.aws.amazon.com");
  const region = AWS_REGION ? `region=${AWS_REGION}&` : "";
  return `https://${host}/s3/object/${bucket}?${region}prefix=${encodeURIComponent(key)}`;
}
