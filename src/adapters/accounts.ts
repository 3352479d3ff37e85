/** The accounts' objects and the directory as the operations see them. */
import type { Accounts, Directory as DirectoryPort, SignInFailures } from "../core/ports.ts";
import type { Account } from "./account.ts";
import { DIRECTORY_NAME, type Directory } from "./directory.ts";
import { callObject, type Remote } from "./object-call.ts";

/** A change of an account is told to hundreds of keys before it is answered. */
const CHANGE_DEADLINE_MS = 20_000;
/** The first batch of a pass over the accounts is waited for. */
const PASS_DEADLINE_MS = 20_000;

/** Reaches accounts' objects through their namespace; an object is named by its account's id. */
export function createAccounts(namespace: DurableObjectNamespace<Account>): Accounts {
  const call = <T>(
    accountId: string,
    method: (remote: Remote<Account>) => Promise<T>,
  ): Promise<T> =>
    callObject({ part: "account", namespace, name: accountId }, method, CHANGE_DEADLINE_MS);

  return {
    create: (account, by, repeat) =>
      call(account.id, (remote) => remote.create(account, by, repeat)),
    load: (id) => call(id, (remote) => remote.load()),
    patch: (id, patch, by) => call(id, (remote) => remote.patch(patch, by)),
    suspend: (id, reason, by) => call(id, (remote) => remote.suspend(reason, by)),
    reactivate: (id, by) => call(id, (remote) => remote.reactivate(by)),
    createKey: (id, key, by, repeat) => call(id, (remote) => remote.createKey(key, by, repeat)),
    changeKey: (id, keyId, change, by) => call(id, (remote) => remote.changeKey(keyId, change, by)),
    loadKey: (id, keyId) => call(id, (remote) => remote.loadKey(keyId)),
    countKeys: (id) => call(id, (remote) => remote.countKeys()),
    listKeys: (id, query) => call(id, (remote) => remote.listKeys(query)),
    listAudit: (id, query) => call(id, (remote) => remote.listAudit(query)),
    verifyAudit: (id) => call(id, (remote) => remote.verifyAudit()),
    noteReveal: (id, keyId, by) => call(id, (remote) => remote.noteReveal(keyId, by)),
    loadAlerts: (id) => call(id, (remote) => remote.loadAlerts()),
    saveAlerts: (id, change, by) => call(id, (remote) => remote.saveAlerts(change, by)),
    listAlertEvents: (id, query) => call(id, (remote) => remote.listAlertEvents(query)),
    reportMissing: (id, keyId) => call(id, (remote) => remote.reportMissing(keyId)),
  };
}

/** Reaches the deployment's directory. */
export function createDirectory(
  namespace: DurableObjectNamespace<Directory>,
): DirectoryPort & SignInFailures {
  const directory = { part: "directory", namespace, name: DIRECTORY_NAME } as const;
  return {
    count: (addressBlock) =>
      callObject(directory, (remote) => remote.countFailedSignIn(addressBlock)),
    list: (asked) => callObject(directory, (remote) => remote.list(asked)),
    noteStrays: (strays) => callObject(directory, (remote) => remote.noteStrays(strays)),
    readStrays: (api, fromMs, toMs) =>
      callObject(directory, (remote) => remote.readStrays(api, fromMs, toMs)),
    readKeyring: () => callObject(directory, (remote) => remote.readKeyring(), PASS_DEADLINE_MS),
    reencrypt: (entry, by) =>
      callObject(directory, (remote) => remote.reencrypt(entry, by), PASS_DEADLINE_MS),
  };
}
