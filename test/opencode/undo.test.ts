import { test } from "tap";
import { redoTarget, shownMessages, undoTarget, undoTargetAt } from "../../src/opencode/undo.ts";
import { answer, prompted, synthetic } from "../support/session.ts";

const end = answer({ text: "the end" });
const one = [prompted("msg_9", "one"), end];
const merged = [prompted("msg_2", "two"), prompted("msg_3", "and this"), end];
const shell = [synthetic("msg_1", "The following tool was executed by the user"), end];
const all = [...one, ...merged, ...shell];
const at = (messageID?: string) => (messageID === undefined ? {} : { revert: { messageID } });

test("undo goes from turn to turn, in the order of the list, until nothing is left", async (t) => {
  t.same(undoTarget(all, at()), { messageId: "msg_1", text: "" });
  t.same(undoTarget(all, at("msg_1")), { messageId: "msg_2", text: "two" });
  t.same(undoTarget(all, at("msg_3")), { messageId: "msg_2", text: "two" }, "undone elsewhere");
  t.same(undoTarget(all, at("msg_2")), { messageId: "msg_9", text: "one" });
  t.equal(undoTarget(all, at("msg_9")), undefined);
  t.equal(undoTarget([], at()), undefined);
});

test("a message is undone by its id, but not one that is gone or undone", async (t) => {
  t.same(undoTargetAt(all, at(), "msg_3"), { messageId: "msg_3", text: "and this" });
  t.same(undoTargetAt(all, at("msg_1"), "msg_9"), { messageId: "msg_9", text: "one" });
  t.equal(undoTargetAt(all, at("msg_3"), "msg_3"), undefined);
  t.equal(undoTargetAt(all, at(), "msg_answer"), undefined, "the agent said it");
});

test("redo goes to the next later turn, and in the end to the newest state", async (t) => {
  t.equal(redoTarget(all, at()), undefined);
  t.same(redoTarget(all, at("msg_9")), { kind: "revert", messageId: "msg_2", text: "two" });
  t.same(redoTarget(all, at("msg_2")), { kind: "revert", messageId: "msg_1", text: "" });
  t.same(redoTarget(all, at("msg_1")), { kind: "unrevert" });
});

test("what is undone is not shown", async (t) => {
  t.same(shownMessages(all, at("msg_2")), one);
  t.same(shownMessages(all, at("msg_9")), []);
  t.same(shownMessages(all, at()), all);
  t.same(shownMessages(all, at("msg_gone")), all);
});
