/**
 * `KeyState`: the object of one key, named by the key's id, and the authority over it. Every admitted
 * request is decided and counted here. One thread, no timers, no knowledge of the configuration.
 */
import { DurableObject } from "cloudflare:workers";
import {
  DECIDE_FORMAT,
  UNUSED,
  decide,
  unknownDecision,
  type DecideCall,
  type Decision,
  type KeyUse,
} from "../core/decision.ts";
import { supersedes, type KeyRecord } from "../core/record.ts";
import { loadRecord, loadUse, saveRecord, saveUse } from "./key-state-tables.ts";
import { isReplayed, rememberReplay } from "./replay-table.ts";

/** `taken`: another key already has this id. An older record than the stored one is ignored. */
export type InstallResult = "installed" | "taken";

export class KeyState extends DurableObject {
  #record: KeyRecord | null;
  #use: KeyUse;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#record = loadRecord(ctx.storage);
    this.#use = this.#record === null ? UNUSED : loadUse(ctx.storage);
  }

  /** Decides one request; what it counts is durable before the answer leaves. */
  decide(call: DecideCall): Decision {
    if (call.format !== DECIDE_FORMAT) throw new Error("unknown call format");
    if (this.#record === null) return unknownDecision(Date.now());
    const nowMs = Date.now();
    const { sql } = this.ctx.storage;
    const { signature, requestId } = call;
    const replay = signature.kind === "verified" ? signature.replay : null;
    const replayed = replay !== null && isReplayed(sql, replay, requestId);
    const { decision, use } = decide(this.#record, this.#use, call, nowMs, replayed);
    if (use === null) return decision;
    this.ctx.storage.transactionSync(() => {
      saveUse(this.ctx.storage, use);
      if (replay !== null && decision.outcome === "admitted") {
        rememberReplay(sql, replay, requestId, nowMs);
      }
    });
    this.#use = use;
    return decision;
  }

  /** Makes a record the one in force, unless it is older than the one that is. */
  install(record: KeyRecord): InstallResult {
    const current = this.#record;
    if (current !== null && !isSameKey(current, record)) return "taken";
    if (current === null || supersedes(record, current)) {
      saveRecord(this.ctx.storage, record);
      this.#record = record;
    }
    return "installed";
  }

  /** The record and what was counted, `null` for an id that was never installed. */
  describe(): { readonly record: KeyRecord; readonly use: KeyUse } | null {
    return this.#record === null ? null : { record: this.#record, use: this.#use };
  }
}

function isSameKey(a: KeyRecord, b: KeyRecord): boolean {
  return a.account === b.account && a.key.createdAtMs === b.key.createdAtMs;
}
