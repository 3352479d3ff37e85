/** How a wrong value is shown to the one who sent it: short, so that no key text is repeated. */

const MAX_SHOWN_CHARACTERS = 24;

/** Says what was found, e.g. `-1`, `"ten"`, `a text of 300 characters`, `a list`. */
export function describeFound(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return String(value);
  if (value.length > MAX_SHOWN_CHARACTERS) return `a text of ${value.length} characters`;
  return JSON.stringify(value);
}

/** A member's name, cut when it is longer than any that is known here. */
export function shortenName(name: string): string {
  const shown = name.toWellFormed();
  return shown.length > MAX_SHOWN_CHARACTERS ? `${shown.slice(0, MAX_SHOWN_CHARACTERS)}…` : shown;
}
