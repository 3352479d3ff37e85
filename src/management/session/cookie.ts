/**
 * The session cookie: `operator.SECRET` or `member.ACCOUNT.SECRET`, so that its value says which object
 * to ask. The browser keeps it to this very host, to https (or loopback) and away from scripts and from
 * every request that another site causes.
 */
import { decodeBase64, encodeBase64Url } from "../../core/bytes.ts";
import { SESSION_COOKIE, SESSION_MAX_MS, type SessionHolder } from "../../core/session.ts";
import { isAccountId } from "../schemas.ts";

const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict";

/** What a cookie claims. */
export interface PresentedSession {
  readonly holder: SessionHolder;
  readonly secret: string;
}

/** `Set-Cookie` for a session that was opened. */
export function formatSessionCookie({ holder, secret }: PresentedSession): string {
  const account = holder.role === "member" ? [encodeBase64Url(encode(holder.account))] : [];
  const value = [holder.role, ...account, secret].join(".");
  return `${SESSION_COOKIE}=${value}; Max-Age=${SESSION_MAX_MS / 1000}; ${ATTRIBUTES}`;
}

/** `Set-Cookie` that takes the cookie away. */
export function formatEndedCookie(): string {
  return `${SESSION_COOKIE}=; Max-Age=0; ${ATTRIBUTES}`;
}

/** Reads a `Cookie` header; `null` without a session cookie of this form, or with two of them. */
export function readSessionCookie(header: string | null): PresentedSession | null {
  const values = (header ?? "").split(";").flatMap((pair) => {
    const [name, value] = pair.trim().split("=", 2);
    return name === SESSION_COOKIE && value !== undefined ? [value] : [];
  });
  const [value] = values;
  return value === undefined || values.length > 1 ? null : readValue(value);
}

function readValue(value: string): PresentedSession | null {
  const [, account, secret = ""] =
    /^(?:operator|member\.([\w-]{1,172}))\.([\w-]{43})$/.exec(value) ?? [];
  if (secret === "") return null;
  if (account === undefined) return { holder: { role: "operator" }, secret };
  const bytes = decodeBase64(account);
  const id = bytes === null ? "" : new TextDecoder().decode(bytes);
  return isAccountId(id) ? { holder: { role: "member", account: id }, secret } : null;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
