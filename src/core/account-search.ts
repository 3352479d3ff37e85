/** By which texts an account is found, whatever their case: its id, name, email and company. */
import type { Account } from "./record.ts";

/** The form in which texts are compared: of one case, and of one spelling for each character. */
export function foldText(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** What is searched of an account, folded, one text on each line; none of them has a line break. */
export function searchedText({ id, name, email, company }: Account): string {
  const texts = [id, name, email, company].filter((text) => text !== null);
  return foldText(texts.join("\n"));
}
