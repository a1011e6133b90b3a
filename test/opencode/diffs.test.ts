import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { fileChanges, sessionChanges } from "../../src/opencode/diffs.ts";
import { prompted } from "../support/session.ts";

const change = (file: string | undefined, additions: number, patch?: string) => ({
  ...(file !== undefined && { file }),
  additions,
  deletions: 1,
  ...(patch !== undefined && { patch }),
});

function changed(...diffs: object[]): SessionMessage {
  const message = prompted("msg_1");
  return { ...message, info: { ...message.info, summary: { diffs } } } as SessionMessage;
}

test("what a session changed is summed over its turns", async (t) => {
  const messages = [
    prompted("msg_0"),
    changed(change("a", 1, "first"), change("b", 2, "b\n")),
    changed(change("a", 4, "second\n"), change("picture", 0)),
  ];
  t.same(sessionChanges(messages), [
    { file: "a", additions: 5, deletions: 2, patch: "first\nsecond\n" },
    { file: "b", additions: 2, deletions: 1, patch: "b\n" },
    { file: "picture", additions: 0, deletions: 1, patch: "" },
  ]);
});

test("names that git quotes are read", async (t) => {
  const files = fileChanges([
    change('"\\303\\244 \\"b\\"\\t\\\\.txt"', 1),
    change("plain name", 1),
    change(undefined, 1),
  ]);
  t.same(
    files.map(({ file }) => file),
    ['ä "b"\t\\.txt', "plain name"],
  );
});
