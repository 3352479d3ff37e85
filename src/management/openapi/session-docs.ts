/** The documentation of the dashboard's sessions. */
import { messageOf } from "./answers.ts";
import { answersData, type RouteDocs } from "./route-doc.ts";

const SESSION = {
  csrf_token: "4ZQb0sOQ2nqkXb3y1yW0l2f4cGmVQm7i8eXoT0kq7rA",
  expires_at: "2026-11-20T12:30:00.000Z",
  role: "member",
  account: "acc_x7Kq0dWm3RfA9sLe",
};

export const SESSION_DOCS = {
  "POST /manage/session": {
    operationId: "signIn",
    tag: "Sessions",
    summary: "Sign in to the dashboard",
    description:
      "Exchanges the operator token, or a member's token (a JWT), sent as a bearer, for the cookie " +
      "`__Host-authz_session`. The session that the request came with ends.",
    answers: [
      {
        ...answersData("Session", SESSION, "Signed in; the cookie is set."),
        status: 201,
        headers: ["Set-Cookie"],
      },
    ],
    refusals: [403, 429, 500, 503],
  },
  "GET /manage/session": {
    operationId: "getSession",
    tag: "Sessions",
    summary: "Who is signed in",
    description: "`role` is `null` when nobody is.",
    answers: [
      {
        ...answersData("Session", SESSION, "Whose session the cookie is of."),
        examples: {
          member: { success: true, data: SESSION },
          nobody: { success: true, data: { role: null } },
        },
      },
    ],
    refusals: [500, 503],
  },
  "DELETE /manage/session": {
    operationId: "signOut",
    tag: "Sessions",
    summary: "Sign out of the dashboard",
    description: "Needs the session's `X-CSRF-Token`, as every change by a session does.",
    answers: [
      {
        status: 200,
        description: "The session has ended, and the cookie is taken away.",
        schema: messageOf("Signed out"),
        examples: { done: { success: true, message: "Signed out" } },
        headers: ["Set-Cookie"],
      },
    ],
    refusals: [403, 500, 503],
  },
} as const satisfies RouteDocs;
