import { test } from "tap";
import type { LiveSource } from "../../../src/outbox/live-calls.ts";
import { conversation } from "../../../src/chat/conversation.ts";
import { Drafts } from "../../../src/turns/live/drafts.ts";
import type { LiveTurn } from "../../../src/turns/live/live-turn.ts";
import { fold, newProgress } from "../../../src/turns/live/turn-progress.ts";
import { keptLog } from "../../support/app.ts";
import { delta, messageBegins, textBegins } from "../../support/live-events.ts";

/** A turn whose draft was sent and grew so many seconds ago, and what is shown of it when it is wanted. */
function draftOf(sentAgo: number, grewAgo: number, chatId = 1000) {
  const wanted: LiveSource[] = [];
  const calls = { want: (source: LiveSource) => void wanted.push(source), drop: async () => {} };
  const drafts = new Drafts({ calls, headOf: async () => undefined, log: keptLog().log });
  const progress = newProgress("ses_1", 0);
  for (const one of [messageBegins("msg_a"), textBegins("prt_t"), delta("prt_t", "so far")]) {
    fold(progress, one);
  }
  const settings = { verbosity: "normal" as const, drafts: true };
  const place = { conversation: conversation(chatId), settings };
  const draft = drafts.begin(place);
  const now = Date.now();
  const textAt = now - grewAgo * 1000;
  const turn = { promptId: 7, ...place, progress, draft, textAt, repliedAt: 0 } as LiveTurn;
  Object.assign(draft, { sentAt: now - sentAgo * 1000, sentText: "so far" });
  const show = async () => (await wanted.at(-1)?.compose())?.payload["text"];
  return { drafts, turn, wanted, show, now };
}

test("a draft is kept alive before Telegram removes it, while its text is new", async (t) => {
  const { drafts, turn, wanted, show, now } = draftOf(16, 5);
  drafts.keep(turn, now);
  t.equal(wanted.length, 1);
  t.equal(await show(), "so far", "the same text once more");

  const fresh = draftOf(3, 3);
  fresh.drafts.keep(fresh.turn, fresh.now);
  t.equal(fresh.wanted.length, 0, "not more often than it has to be");
});

test("a draft ends after 20 s without new text, and begins again with the next", async (t) => {
  const { drafts, turn, wanted, show, now } = draftOf(20, 21);
  drafts.keep(turn, now);
  drafts.removed(turn);
  t.equal(wanted.length, 0);
  t.notOk(drafts.isShowing(turn, now), "the live message shows the text");
  fold(turn.progress, delta("prt_t", " and on"));
  turn.textAt = Date.now();
  drafts.grew(turn);
  t.equal(await show(), "so far and on");
  t.ok(drafts.isShowing(turn, Date.now()));
});

test("after a message that has removed it, a draft is shown again", async (t) => {
  const { drafts, turn, show } = draftOf(2, 2);
  drafts.removed(turn);
  t.equal(await show(), "so far");
});

test("nothing is shown while the turn may be over or an operator has stopped it", async (t) => {
  for (const state of ["isResting", "isChecked", "isStopping", "isOver"] as const) {
    const { drafts, turn, show } = draftOf(2, 2);
    drafts.removed(turn);
    turn[state] = true;
    t.equal(await show(), undefined, state);
  }
});

test("a group has no drafts, and one that is switched off is not shown", async (t) => {
  const { drafts, turn, wanted } = draftOf(2, 2, -100);
  turn.textAt = Date.now();
  drafts.grew(turn);
  t.equal(wanted.length, 0);
  const settings = { verbosity: "normal" as const, drafts: false };
  t.notOk(drafts.begin({ conversation: conversation(1000), settings }).isWanted);
});

test("a text that Telegram does not take formatted is sent plain", async (t) => {
  const { drafts, turn, wanted } = draftOf(2, 2);
  drafts.removed(turn);
  const call = { method: "sendMessageDraft", payload: { text: "so far" } };
  const description = "Bad Request: can't parse entities";
  wanted[0]?.ended({ kind: "refused", status: 400, description }, call);
  t.equal(wanted.length, 2, "it is tried once more");
  t.ok(turn.draft.isPlain && turn.draft.isWanted);
  wanted[1]?.ended({ kind: "refused", status: 400, description }, call);
  t.notOk(turn.draft.isWanted);
});

test("without its formatting a draft has no command in it that could be tapped", async (t) => {
  const { drafts, turn, show } = draftOf(2, 2);
  turn.draft.isPlain = true;
  fold(turn.progress, delta("prt_t", ", then `/stop`"));
  turn.textAt = Date.now();
  drafts.grew(turn);
  t.equal(await show(), "so far, then /\u2060stop");
});
