/** The documentation of the routes of audit logs. */
import * as examples from "./examples.ts";
import { answersData, answersPage, type RouteDocs } from "./route-doc.ts";

export const AUDIT_DOCS = {
  "GET /manage/v1/accounts/:id/audit": {
    operationId: "listAuditEntries",
    tag: "Audit log",
    summary: "List an account's audit entries",
    description: "Newest first.",
    query: { limit: 20 },
    answers: [answersPage("AuditEntry", examples.AUDIT_ENTRY, "A page of entries.")],
  },
  "GET /manage/v1/accounts/:id/audit/verify": {
    operationId: "verifyAuditLog",
    tag: "Audit log",
    summary: "Check an account's audit log",
    description: "Reads all entries and finds the first that was altered or taken out.",
    answers: [
      answersData("AuditCheck", { intact: true, entries: 4, broken_at: null }, "What was found."),
    ],
  },
  "GET /manage/v1/accounts/:id/audit/export": {
    operationId: "exportAuditLog",
    tag: "Audit log",
    summary: "Export an account's audit log",
    description: "All entries, newest first, each as one line of JSON.",
    answers: [
      {
        status: 200,
        description: "Lines, each an `AuditEntry`.",
        mediaType: "application/x-ndjson",
        schema: { type: "string" },
        examples: { lines: `${JSON.stringify(examples.AUDIT_ENTRY)}\n` },
      },
    ],
  },
} as const satisfies RouteDocs;
