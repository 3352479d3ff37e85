/** The management API as `npm start` uses it: JSON calls with the operator token. */
import { Failure } from "./failure.ts";

/** What the management API answered. */
export interface ManagementAnswer {
  readonly status: number;
  /** The envelope's `data`; `undefined` when there is none. */
  readonly data: unknown;
}

/** Calls the management API. */
export type ManagementClient = (
  method: "GET" | "POST",
  path: string,
  body?: object,
) => Promise<ManagementAnswer>;

/** Makes a client for a server; a refusal other than 404 and 409 throws a `Failure`. */
export function createManagementClient(baseUrl: string, operatorToken: string): ManagementClient {
  return async (method, path, body) => {
    const response = await fetch(`${baseUrl}/manage/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const envelope = decodeEnvelope(await response.text());
    if (response.ok || response.status === 404 || response.status === 409) {
      return { status: response.status, data: envelope.data };
    }
    throw new Failure(
      `${method} /manage/v1${path} was answered ${response.status}: ${envelope.error?.message ?? "no message"}`,
    );
  };
}

interface Envelope {
  readonly data?: unknown;
  readonly error?: { readonly message?: string };
}

function decodeEnvelope(text: string): Envelope {
  try {
    return (JSON.parse(text) as Envelope | null) ?? {};
  } catch {
    return {};
  }
}
