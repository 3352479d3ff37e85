/** Signed requests, as a client of the published page makes them. */
import { createHmac } from "node:crypto";
import { formatRequest } from "../load/http-request.ts";

/** Makes signed POSTs of a body's size, each with another signature: one is good only once. */
export function createSigner(
  path: string,
  key: string,
  secret: string,
  bodyOf: (index: number) => string,
): () => Buffer {
  let index = 0;
  return () => {
    const body = bodyOf(index);
    index += 1;
    const timestamp = String(Date.now());
    const message = `POST${path}${timestamp}${body}`;
    const signature = createHmac("sha256", secret).update(message).digest("hex");
    return formatRequest({
      method: "POST",
      path,
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "x-timestamp": timestamp,
        "x-signature": signature,
      },
      body,
    });
  };
}

/** A JSON body of 1 KB that no other index has. */
export function formatBody(index: number): string {
  const head = `{"n":${index},"note":"`;
  return `${head}${"x".repeat(1024 - head.length - 2)}"}`;
}
