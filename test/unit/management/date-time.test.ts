import { expect, it, test } from "vitest";
import { formatDateTime, parseDateTime } from "../../../src/management/date-time.ts";

test.each([
  ["2027-01-31T12:00:00Z", 1_801_396_800_000],
  ["2027-01-31T12:00Z", 1_801_396_800_000],
  ["2027-01-31T14:00:00+02:00", 1_801_396_800_000],
  ["2027-01-31T12:00:00.250Z", 1_801_396_800_250],
  ["2028-02-29T00:00:00Z", 1_835_395_200_000],
])("reads %s", (text, ms) => {
  expect(parseDateTime(text)).toBe(ms);
});

test.each([
  "not a date",
  "2027-01-31",
  "2027-01-31T12:00:00",
  "2027-01-31 12:00:00Z",
  "2027-02-30T00:00:00Z",
  "2027-02-29T00:00:00Z",
  "2027-13-01T00:00:00Z",
  "2027-01-31T25:00:00Z",
  "2027-01-31T12:00:60Z",
  "2027-01-31T12:00:00+0200",
  "+012027-01-31T12:00:00Z",
  "1801396800000",
  "",
])("does not take %j for a date and time", (text) => {
  expect(parseDateTime(text)).toBeNull();
});

it("writes UTC and leaves nothing as nothing", () => {
  expect(formatDateTime(1_801_396_800_000)).toBe("2027-01-31T12:00:00.000Z");
  expect(formatDateTime(null)).toBeNull();
});
