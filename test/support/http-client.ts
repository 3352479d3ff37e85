/** An HTTP client that decodes, follows and retries nothing: what it returns was on the wire. */
import { request as startRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { pipeline, Readable } from "node:stream";

/** What a test sends. */
export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent chunked, unless the headers name its length. */
  readonly body?: string | Buffer | Iterable<Buffer> | AsyncIterable<Buffer>;
}

/** What came back, whole. */
export interface Received {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Sends a request and resolves as soon as the headers of its answer are there. */
export async function open(url: string, call: Call = {}): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body } = call;
  const { hostname, port } = new URL(url);
  // The target as it stands: a parsed URL would have lost an empty query.
  const target = url.slice(url.indexOf(port) + port.length);
  const options = { hostname, port, path: target, method, headers, agent: false };
  const request = startRequest(options as RequestOptions);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  if (body === undefined) request.end();
  else if (typeof body === "string" || Buffer.isBuffer(body)) request.end(body);
  else pipeline(Readable.from(body), request, () => {}); // A failure is an error of the request, too.
  return answered;
}

/** Sends a request and resolves with the whole answer; rejects when it breaks off. */
export async function send(url: string, call: Call = {}): Promise<Received> {
  const answer = await open(url, call);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const { statusCode, statusMessage, headers } = answer;
  return {
    status: statusCode ?? 0,
    statusText: statusMessage ?? "",
    headers,
    body: Buffer.concat(chunks),
  };
}
