/** The documentation of the routes of accounts. */
import * as examples from "./examples.ts";
import {
  answersData,
  answersMade,
  answersPage,
  type AnswerDoc,
  type RouteDocs,
} from "./route-doc.ts";

/** 200 when a change of an account is in force for all its keys, 202 while it is not. */
function answersChange(account: object): readonly AnswerDoc[] {
  const pending = answersData(
    "Account",
    examples.PENDING_ACCOUNT,
    "In force for a key once it has left `pending`; `Location` shows how far it is.",
  );
  return [
    answersData("Account", account, "In force for every key of the account."),
    { ...pending, status: 202, headers: ["Location"] },
  ];
}

export const ACCOUNT_DOCS = {
  "POST /manage/v1/accounts": {
    operationId: "createAccount",
    tag: "Accounts",
    summary: "Make an account",
    body: { api: "my-api", name: "Acme", email: "ops@acme.example", limits: { minute: 100 } },
    answers: [answersMade(["Account"], { made: examples.ACCOUNT }, "The account was made.")],
  },
  "GET /manage/v1/accounts": {
    operationId: "listAccounts",
    tag: "Accounts",
    summary: "List accounts",
    description:
      "Newest first, of one API or of all. With `q` only those that it occurs in, as it is written: no " +
      "character stands for others. Pages stay as they are while accounts are made.",
    query: { api: "my-api", q: "acme", limit: 20 },
    answers: [answersPage("Account", examples.ACCOUNT, "A page of accounts.")],
  },
  "GET /manage/v1/accounts/:id": {
    operationId: "getAccount",
    tag: "Accounts",
    summary: "Read an account",
    answers: [answersData("Account", examples.ACCOUNT, "The account as it is now.")],
  },
  "PATCH /manage/v1/accounts/:id": {
    operationId: "updateAccount",
    tag: "Accounts",
    summary: "Change an account",
    description:
      "A named member is replaced whole; `null` restores its default. Changed limits spread to every " +
      "key that has none of its own.",
    body: { plan: "business", limits: { minute: 200 } },
    answers: answersChange({ ...examples.ACCOUNT, plan: "business", limits: { minute: 200 } }),
  },
  "POST /manage/v1/accounts/:id/suspend": {
    operationId: "suspendAccount",
    tag: "Accounts",
    summary: "Suspend an account",
    description:
      "All its keys are refused until it is reactivated. Nothing changes if it is already.",
    body: { reason: "Invoice 17 is unpaid" },
    answers: answersChange(examples.SUSPENDED_ACCOUNT),
  },
  "POST /manage/v1/accounts/:id/reactivate": {
    operationId: "reactivateAccount",
    tag: "Accounts",
    summary: "End an account's suspension",
    description: "Its keys are admitted again. Nothing changes if it is not suspended.",
    answers: answersChange(examples.ACCOUNT),
  },
} as const satisfies RouteDocs;
