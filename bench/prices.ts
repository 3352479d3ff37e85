/**
 * Cloudflare's prices on the paid plan, in dollars beyond what the plan includes, as of 2026-11
 * (developers.cloudflare.com: Workers, KV and Durable Objects, "Pricing").
 */

/** What a million of each costs, and a million GB-seconds of an object's duration. */
export const DOLLARS_PER_MILLION = {
  workerRequests: 0.3,
  kvReads: 0.5,
  kvWrites: 5,
  objectRequests: 0.15,
  rowsRead: 0.001,
  rowsWritten: 1,
  objectGbSeconds: 12.5,
} as const;

/** Memory by which an object's duration is billed, whatever it uses. */
export const OBJECT_GB = 0.128;
