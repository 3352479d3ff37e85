import { expect, it, test } from "vitest";
import { foldText, searchedText } from "../../src/core/account-search.ts";
import { makeAccount } from "../support/records.ts";

const ACCOUNT = makeAccount({
  id: "auth0|42",
  name: "Müller & Söhne",
  email: "Ops@Acme.Example",
  company: "100%_Real Ltd",
  role: "developer",
});

function finds(q: string): boolean {
  return searchedText(ACCOUNT).includes(foldText(q));
}

test.each([
  "auth0|42",
  "AUTH0",
  "MÜLLER",
  "Mu\u0308ller",
  "& söhne",
  "ops@acme.example",
  "100%_real",
  "d",
])("finds an account by %j, a part of its id, name, email or company", (q) => {
  expect(finds(q)).toBe(true);
});

test.each(["developer", "deframe", "a%e", "1__%", "42m", "null"])(
  "does not find it by %j, which is no part of any of them",
  (q) => {
    expect(finds(q)).toBe(false);
  },
);

it("searches an account that has neither email nor company", () => {
  expect(searchedText(makeAccount({ id: "a", name: "B" }))).toBe("a\nb");
});
