import { App, Lazy } from "cdktf";

/**
 * Terraform's `jsonencode` of a value that quotes, line breaks and `${` may occur in: `Fn.jsonencode` leaves quotes inside texts as they
 * are, which ends the text there.
 *
 * @param value what JSON can hold; attributes of resources as texts or parts of texts, not as numbers or lists.
 *
 * @example jsonencode({ Bucket: lake.bucketName, Expression: '{% $type(x) = "string" %}' });
 */
export function jsonencode(value: object): string {
  // JSON is a Terraform expression but for what begins a template.
  return `\${jsonencode(${quoted(value)})}`;
}

/**
 * A text of several lines. cdktf's HCL would write it as a heredoc, which adds a line break at the end: another value than that of the JSON.
 *
 * @param value without attributes of resources.
 */
export function lines(value: string): string {
  return Lazy.stringValue({
    produce: ({ scope }) => (App.of(scope).hclOutput ? `\${${quoted(value)}}` : literal(value)),
  });
}

/** As Terraform writes it in an expression; the tokens of cdktf become references as everywhere. */
function quoted(value: object | string): string {
  return literal(JSON.stringify(value));
}

/** Terraform reads `${` and `%{` in every text, as the beginning of a template. */
function literal(text: string): string {
  return text.replaceAll(/\$\{(?!TfToken\[)/g, "$$$${").replaceAll("%{", "%%{");
}
