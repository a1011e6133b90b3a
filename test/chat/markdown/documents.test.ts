import * as fc from "fast-check";
import { test } from "tap";
import { faultsOfMessages, lossesOf } from "../../support/markdown-checks.ts";
import { documents, garbage } from "../../support/markdown-documents.ts";

// The same each time. Many more, and CommonMark's examples, are in test/long/markdown.test.ts.
const seed = 21;
const numRuns = { documents: 40, garbage: 200 };

test("what agents write arrives whole, in messages as Telegram takes them", async (t) => {
  const isFine = fc.property(documents, (written) => {
    t.same([...faultsOfMessages(written.markdown), ...lossesOf(written)], []);
  });
  fc.assert(isFine, { seed, numRuns: numRuns.documents });
});

test("so does what nobody would write", async (t) => {
  const isFine = fc.property(garbage, (markdown) => {
    t.same(faultsOfMessages(markdown), []);
  });
  fc.assert(isFine, { seed, numRuns: numRuns.garbage });
});
