/** Posts a message to a webhook. A redirect is an answer like any other: it is never followed. */

/** Posts a body and answers with the status. Rejects when there is no answer in time. */
export type PostWebhook = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<number>;

const DEADLINE_MS = 10_000;

/** Posts by the global `fetch`. What is answered beside the status is not read. */
export const postWebhook: PostWebhook = async (url, headers, body) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  await response.body?.cancel();
  return response.status;
};
