import * as fc from "fast-check";
import { test } from "tap";
import { faultsOfMessages, lossesOf } from "../../support/markdown-checks.ts";
import { documents, garbage } from "../../support/markdown-documents.ts";

// Many more, and CommonMark's examples, are in test/long/markdown.test.ts.
const numRuns = 100;

test("what agents write arrives whole, in messages as Telegram takes them", async (t) => {
  const isFine = fc.property(documents, (written) => {
    t.same([...faultsOfMessages(written.markdown), ...lossesOf(written)], []);
  });
  fc.assert(isFine, { numRuns });
});

test("so does what nobody would write", async (t) => {
  const isFine = fc.property(garbage, (markdown) => {
    t.same(faultsOfMessages(markdown), []);
  });
  fc.assert(isFine, { numRuns });
});
