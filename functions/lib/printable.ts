const ELLIPSIS = "…";

/**
 * Text from outside made fit for a message: control and format characters (line breaks, escapes, direction overrides, lone
 * surrogates) become `?`, and what is longer than `max` characters is cut.
 *
 * @example
 * printable("a\nb", 80); // "a?b"
 */
export function printable(text: string, max = 80): string {
  const head = text.length > max * 2 ? text.slice(0, max * 2) : text;
  const clean = [...head].map((char) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(char) ? "?" : char));
  return clean.length > max || head.length < text.length
    ? `${clean.slice(0, max - 1).join("")}${ELLIPSIS}`
    : clean.join("");
}

/** A list for a message: the first few, quoted and printable, and how many more there are. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).map((name) => `"${printable(name, 64)}"`);
  return names.length > most ? `${shown.join(", ")} and ${names.length - most} more` : shown.join(", ");
}
