/** `GET /accounts?q`: finding accounts by a part of what is known of them. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, test } from "vitest";
import { makeAccount, manage } from "../support/gateway.ts";

interface Page {
  readonly names: readonly unknown[];
  readonly cursor: string | null;
}

async function search(query: string): Promise<Page> {
  const { body } = await manage("GET", `/accounts?${query}`);
  const found = body.data as never as readonly { name: string }[];
  const cursor = (body as { next_cursor?: string | null }).next_cursor ?? null;
  return { names: found.map(({ name }) => name), cursor };
}

test.each([
  ["its id", "zebra-1"],
  ["its name", "grEVY"],
  ["its email", "OPS@SAVANNAH"],
  ["its company", "100%25_STRIPES"],
])("an account is found by %s, in any case", async (_, q) => {
  await makeAccount({
    id: `Zebra-1-${crypto.randomUUID()}`,
    name: "Grévy",
    email: "ops@savannah.example",
    company: "100%_Stripes",
  });
  const found = await search(`limit=1&q=${q.replace("grEVY", "GR%C3%89VY")}`);
  expect(found.names).toEqual(["Grévy"]);
});

test.each(["%25", "_", "a%25b", "a_b"])("?q=%s has no character that means others", async (q) => {
  await makeAccount({ name: "acb", api: "example" });
  expect((await search(`api=example&q=${q}`)).names).toEqual([]);
});

it("a search is of one API where one is named", async () => {
  await makeAccount({ name: "Okapi deframe" });
  await makeAccount({ name: "Okapi example", api: "example" });
  expect((await search("q=okapi&api=example")).names).toEqual(["Okapi example"]);
});

it("what is found comes newest first, page by page, stable while accounts are made", async () => {
  for (const name of ["Gnu 1", "Other", "Gnu 2", "Gnu 3"]) {
    await makeAccount({ name });
    await scheduler.wait(2);
  }
  const first = await search("q=gnu&limit=2");
  await makeAccount({ name: "Gnu 4" });
  const second = await search(`q=gnu&limit=2&cursor=${first.cursor}`);
  expect([first.names, second]).toEqual([["Gnu 3", "Gnu 2"], { names: ["Gnu 1"], cursor: null }]);
});

it("an account is found by its new name at once, and not by the one before", async () => {
  const id = await makeAccount({ name: "Quagga" });
  await manage("PATCH", `/accounts/${id}`, { name: "Tarpan" });
  expect((await search("q=quagga")).names).toEqual([]);
  expect((await search("q=tarpan")).names).toEqual(["Tarpan"]);
});

/** What came to the directory after its accounts. */
const REST_OF_TABLES = ["keyring", "keyring_unfinished", "failed_sign_ins", "sessions", "strays"];

it("accounts that code without a search has listed are found, too", async () => {
  await makeAccount({ name: "Dodo ÄÖ" });
  const directory = env.DIRECTORY.getByName("directory");
  await runInDurableObject(directory, (_, { storage }) => {
    storage.sql.exec("ALTER TABLE accounts DROP COLUMN searched");
    for (const table of REST_OF_TABLES) {
      storage.sql.exec(`DROP TABLE ${table}`);
    }
    storage.sql.exec("UPDATE schema_version SET version = 1");
  });
  await evictDurableObject(directory);
  expect((await search("q=dodo%20%C3%A4%C3%B6")).names).toEqual(["Dodo ÄÖ"]);
});
