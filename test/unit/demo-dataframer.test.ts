import { expect, it } from "vitest";
import { createOrigin } from "../support/demo-origin.ts";

const ask = createOrigin();

it("lists the data sets as an array", async () => {
  const response = await ask("/api/dataframer/datasets/");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual([
    expect.objectContaining({ id: "ds_support_tickets", rows: 48_213 }),
    expect.objectContaining({ id: "ds_product_reviews", rows: 120_540 }),
    expect.objectContaining({ id: "ds_claims", rows: 9800 }),
  ]);
});

it("shows one data set", async () => {
  const response = await ask("/api/dataframer/datasets/ds_claims/");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ id: "ds_claims", name: "Insurance claims" });
});

it("answers 404 with a detail for a data set that is not there", async () => {
  const response = await ask("/api/dataframer/datasets/ds_none/");
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ detail: "Not found." });
});
