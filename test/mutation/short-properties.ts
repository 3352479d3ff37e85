/** Keeps property tests short while thousands of mutants are tried, each against all tests that reach it. */
import * as fc from "fast-check";

fc.configureGlobal({ numRuns: 40, endOnFailure: true });
