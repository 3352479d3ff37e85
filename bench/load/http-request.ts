/** Requests as the bytes that go over the wire, so that sending one costs the generator nothing else. */

/** A request of a scenario, before it is bytes. */
export interface RequestParts {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Formats HTTP/1.1 for a connection that stays open. */
export function formatRequest({ method, path, headers = {}, body }: RequestParts): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, "Host: api.example.com"];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}
