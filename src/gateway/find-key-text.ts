/** Stage "credential": the key text from the places where the API lets it stand. */
import { findCredential } from "../core/credential.ts";
import { refuse } from "../core/refusal.ts";
import type { Exchange, Outcome } from "./exchange.ts";

/** Finds the key text, or refuses as missing or malformed. */
export async function findKeyText(exchange: Exchange): Promise<Outcome> {
  const { api, url, headers } = exchange;
  const credential = findCredential(api.credential, api.key, url, headers);
  switch (credential.kind) {
    case "found":
      exchange.keyText = credential.text;
      return null;
    case "missing":
      return refuse("missing_credential", { message: credential.message });
    case "malformed":
      return refuse("malformed_credential", {
        message: credential.message,
        credentialSent: true,
      });
    case "no_such_path":
      return refuse("not_found");
  }
}
