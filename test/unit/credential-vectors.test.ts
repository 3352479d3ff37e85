import { expect, it, test } from "vitest";
import { findCredential, type Credential } from "../../src/core/credential.ts";
import { parseKeyText, type KeyFormat } from "../../src/core/key-text.ts";
import { findAmbiguity } from "../../src/core/path.ts";
import { demoApi } from "../support/demo-apis.ts";
import { KEYRING, makeKeyText } from "../support/key-texts.ts";
import vectors from "../support/vectors/credential-extraction.json";

let ran = 0;

test.each(vectors.cases)("$id of $api: $note", async ({ api: name, path, headers, expect: to }) => {
  ran += 1;
  const { places, format, environment } = demoApi(name);
  const key = await makeKeyText(format, environment);
  const other = await makeKeyText(format, environment);
  const texts: Readonly<Record<string, string>> = {
    "{KEY}": key,
    "{OTHER}": other,
    "{KEY:upper}": key.toUpperCase(),
    "{KEY:sha256}": await sha256Hex(key),
    "{KEY:escaped}": `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
  };
  const fill = (template: string): string =>
    template.replaceAll(/\{[^}]+\}/g, (placeholder) => texts[placeholder] ?? placeholder);

  const url = new URL(`https://api.example.test${fill(path)}`);
  const sent = new Headers();
  for (const [header, value] of headers) sent.append(String(header), toBytes(fill(String(value))));
  const outcome =
    findAmbiguity(url.pathname) === null
      ? await outcomeOf(findCredential(places, format, url, sent), format)
      : "400";

  if (typeof to === "object") expect(outcome).toBe(`key ${fill(to.key)}`);
  else expect(allowed(to)).toContain(outcome);
});

it("all 35 cases ran", () => {
  expect(ran).toBe(35);
});

/** A header's value as the bytes that are sent, a character for each (the web standard's ByteString). */
function toBytes(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value));
}

/** The outcomes that a vector's word stands for. */
function allowed(word: string): readonly string[] {
  return word.split("|").flatMap((each) => {
    return each === "unusable" ? ["malformed", "unknown"] : [each];
  });
}

/** `key` and its text when it was made here, else what the request would be refused for. */
async function outcomeOf(credential: Credential, format: KeyFormat): Promise<string> {
  if (credential.kind !== "found") return credential.kind;
  const parsed = parseKeyText(format, credential.text);
  if (parsed === null) return "unknown";
  const entry = await KEYRING.findEntry(format.alphabet, parsed.unsigned, parsed.tag);
  return entry === null ? "unknown" : `key ${parsed.text}`;
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = Array.from(new Uint8Array(digest));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
