/** What the origin of the API `dataframer` answers: data sets, as a list without an envelope. */

interface Dataset {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly format: "csv" | "jsonl" | "parquet";
  readonly rows: number;
  readonly columns: readonly string[];
  readonly created_at: string;
}

const DATASETS: readonly Dataset[] = [
  {
    id: "ds_support_tickets",
    name: "Support tickets",
    description: "Customer requests with the answers of the support team.",
    format: "jsonl",
    rows: 48_213,
    columns: ["ticket_id", "subject", "body", "answer", "language"],
    created_at: "2026-09-02T08:15:00Z",
  },
  {
    id: "ds_product_reviews",
    name: "Product reviews",
    description: "Reviews with a rating of one to five stars.",
    format: "csv",
    rows: 120_540,
    columns: ["review_id", "product", "stars", "text"],
    created_at: "2026-10-11T14:40:00Z",
  },
  {
    id: "ds_claims",
    name: "Insurance claims",
    description: "Synthetic claims for tests of fraud detection.",
    format: "parquet",
    rows: 9_800,
    columns: ["claim_id", "kind", "amount_eur", "filed_on", "is_fraud"],
    created_at: "2026-11-03T10:05:00Z",
  },
];

/** `GET /api/dataframer/datasets/`: every data set. */
export function listDatasets(): Response {
  return Response.json(DATASETS);
}

/** `GET /api/dataframer/datasets/:id/`: one data set. */
export function showDataset(id: string): Response {
  const dataset = DATASETS.find((entry) => entry.id === id);
  if (dataset !== undefined) return Response.json(dataset);
  return Response.json({ detail: "Not found." }, { status: 404 });
}
