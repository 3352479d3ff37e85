/** Usage as tests read it. */
import { manage } from "./gateway.ts";

/** The sums that tests read. */
interface Sums {
  readonly requests: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly status: Readonly<Record<string, number>>;
  readonly latency_ms: Readonly<Record<"p50" | "p95" | "p99", number | null>>;
}

export interface ToldUsage {
  readonly from: string;
  readonly to: string;
  readonly interval: string;
  readonly totals: Sums;
  readonly buckets: readonly ({ readonly start: string } & Sums)[];
  readonly top_endpoints: readonly { readonly endpoint: string; readonly requests: number }[];
  readonly top_ips: readonly { readonly ip: string; readonly requests: number }[];
  readonly top_countries: readonly { readonly country: string; readonly requests: number }[];
  readonly partial?: true;
  readonly keys_left_out?: number;
}

/** The usage that a management route answers with. */
export async function readUsage(path: string): Promise<ToldUsage> {
  const { status, body } = await manage("GET", path);
  if (status !== 200) throw new Error(`usage was answered ${status}: ${body.error?.message}`);
  return body.data as never;
}

/** The usage of a key over the last day. */
export function usageOf(keyId: string, query = ""): Promise<ToldUsage> {
  return readUsage(`/api-keys/${keyId}/usage${query}`);
}
