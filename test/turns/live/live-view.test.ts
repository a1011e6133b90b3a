import { test } from "tap";
import type { OpencodeEvent } from "../../../src/opencode/events.ts";
import { growingText } from "../../../src/turns/live/growing-text.ts";
import { elapsed, liveView, type ViewOptions } from "../../../src/turns/live/live-view.ts";
import { tapsIn } from "../../support/telegram-rules.ts";
import {
  delta,
  event,
  messageBegins,
  partStored,
  progressAfter,
  status,
  stepEnds,
  subagentBegins,
  textBegins,
  toolStored,
} from "../../support/live-events.ts";

const usual: ViewOptions = {
  agent: "site",
  verbosity: "normal",
  now: 72_000,
  isStopping: false,
  withText: true,
  contextLimit: undefined,
};

/** The live message after these events. */
function shown(events: OpencodeEvent[], options: Partial<ViewOptions> = {}) {
  const { progress } = progressAfter(events);
  const view = liveView(progress, { ...usual, ...options });
  const of = (type: string) =>
    view.entities
      .filter((entity) => entity.type === type)
      .map(({ offset, length }) => view.text.slice(offset, offset + length));
  return { ...view, of };
}

test("the first line says what the agent does, and for how long", async (t) => {
  const first = (...events: OpencodeEvent[]) => shown(events).text.split("\n")[0];
  const asks = event("permission.asked", { sessionID: "ses_1", id: "per_1" });
  const runs = toolStored("bash", "running", { command: "npm test" });
  t.equal(first(), "site: waiting for the model · 1 min 12 s");
  t.equal(first(messageBegins("msg_a"), textBegins("prt_t")), "site: writing · 1 min 12 s");
  t.equal(first(runs), "site: working · 1 min 12 s");
  t.equal(first(runs, asks), "site: waiting for your decision · 1 min 12 s");
  t.equal(shown([runs], { isStopping: true }).text.split(" · ")[0], "site: stopping");
});

test("a model that cannot be used is shown with its next try, in words of our own", async (t) => {
  const line = (message: string) =>
    shown([status({ type: "retry", attempt: 1, message, next: 112_000 })]).text;
  t.match(line("Provider is overloaded"), "site: model overloaded, next try in 40 s ·");
  t.match(line("Rate limited"), "rate limit reached, next try in 40 s");
  const secret = line("connect to https://user:key@host failed");
  t.match(secret, "model unreachable, next try in 40 s");
  t.notMatch(secret, "key");
});

test("tools, subagents and what a to-do list names are code, so nothing in them can be tapped", async (t) => {
  const todos = [
    { content: "read /etc/hosts", status: "completed", priority: "high" },
    { content: "write it", status: "in_progress", priority: "high" },
  ];
  const { text, of } = shown([
    toolStored("bash", "running", { command: "cat /etc/hosts\nrm x" }),
    subagentBegins("ses_2", "explore"),
    toolStored("read", "running", { filePath: "/srv/a.ts" }, { sessionID: "ses_2" }),
    event("todo.updated", { sessionID: "ses_1", todos }),
    stepEnds(1500),
  ]);
  t.equal(
    text,
    [
      "site: waiting for its subagents · 1 min 12 s",
      "▸ bash: cat /etc/hosts ⏎ rm x",
      "↳ explore: read: /srv/a.ts",
      "☑ read /etc/hosts",
      "▸ write it",
      "Context: 1,500 tokens",
    ].join("\n"),
  );
  t.same(of("code"), ["bash: cat /etc/hosts ⏎ rm x", "read: /srv/a.ts", "read /etc/hosts"]);
});

test("the context is shown by its limit where that is known", async (t) => {
  const { text } = shown([stepEnds(1500)], { contextLimit: 10_000 });
  t.match(text, "Context: 1,500 of 10,000 tokens (15%)");
});

test("of a long to-do list the present part is shown", async (t) => {
  const todos = Array.from({ length: 40 }, (_, n) => ({
    content: `task ${n}`,
    status: n < 20 ? "completed" : n === 20 ? "in_progress" : "pending",
    priority: "low",
  }));
  const { text } = shown([event("todo.updated", { sessionID: "ses_1", todos })]);
  t.match(text, "☑ task 17\n☑ task 18\n☑ task 19\n▸ task 20\n☐ task 21");
  t.match(text, "and 30 more");
});

test("only a verbose one has finished tools and, in a quote that expands, what the model thinks", async (t) => {
  const events = [
    messageBegins("msg_a"),
    toolStored("read", "completed", { filePath: "a.ts" }),
    toolStored("bash", "error", { command: "false" }),
    toolStored("todowrite", "completed", {}),
    partStored({ id: "prt_r", type: "reasoning", text: "Perhaps\nso.", time: { start: 1 } }),
  ];
  t.equal(shown(events).text, "site: thinking · 1 min 12 s");
  const { text, of } = shown(events, { verbosity: "verbose" });
  t.equal(text, "site: thinking · 1 min 12 s\n✓ read: a.ts\n✗ bash: false\nPerhaps\nso.");
  t.same(of("expandable_blockquote"), ["Perhaps\nso."]);
});

test("the growing text is shown by its end, unless a draft shows it", async (t) => {
  const words = "word ".repeat(2000);
  const events = [messageBegins("msg_a"), textBegins("prt_t"), delta("prt_t", `${words}end`)];
  const { text } = shown(events);
  t.ok(text.length < 4096);
  t.match(text, /^site: writing · 1 min 12 s\n\n…\nword .* end$/s);
  t.equal(shown(events, { withText: false }).text, "site: writing · 1 min 12 s");
});

test("a text that is too long is cut between words, never inside a character", async (t) => {
  t.equal(growingText("short", 10).text, "short");
  t.equal(growingText("one two three", 8).text, "…\nthree");
  const bold = growingText("plain **one two** `three` and [more](https://example.com)", 22);
  t.same(bold, {
    text: "…\ntwo three and more",
    entities: [
      { type: "bold", offset: 2, length: 3 },
      { type: "code", offset: 6, length: 5 },
      { type: "text_link", offset: 16, length: 4, url: "https://example.com/" },
    ],
  });
  t.match(growingText("so far:\n```js\nlet x = 1", 100).entities, [
    { type: "pre", language: "js" },
  ]);
  const faces = growingText("😀".repeat(50), 21).text;
  t.ok(faces.length <= 21 && faces.isWellFormed());
});

test("a time is told in the units that matter", async (t) => {
  t.same([-5, 4400, 60_000, 3_723_000].map(elapsed), ["0 s", "4 s", "1 min 0 s", "1 h 2 min"]);
});

test("however much there is, the message is not too long for Telegram", async (t) => {
  const long = "x/".repeat(500);
  const todos = Array.from({ length: 30 }, () => ({ content: long, status: "pending" }));
  const events = [
    messageBegins("msg_a"),
    ...Array.from({ length: 30 }, (_, n) =>
      toolStored("bash", "completed", { command: long }, { id: `prt_${n}` }),
    ),
    ...Array.from({ length: 9 }, (_, n) =>
      toolStored("bash", "running", { command: long }, { id: `prt_r${n}` }),
    ),
    ...Array.from({ length: 9 }, (_, n) => subagentBegins(`ses_s${n}`, long)),
    event("todo.updated", { sessionID: "ses_1", todos }),
    partStored({ id: "prt_r", type: "reasoning", text: long }),
    textBegins("prt_t"),
    delta("prt_t", long.repeat(20)),
  ];
  const { text, entities } = shown(events, { verbosity: "verbose" });
  t.ok(text.length <= 4096, `${text.length} units`);
  t.ok(entities.length < 80);
});

test("nothing that an agent says, thinks, plans or calls a subagent can be tapped, however much it is", async (t) => {
  const many = Array.from({ length: 90 }, (_, n) => `Use /stop${n} now`).join("\n\n");
  const events = [
    messageBegins("msg_a"),
    subagentBegins("ses_2", "/abort me"),
    event("todo.updated", {
      sessionID: "ses_1",
      todos: [{ content: "ask пример.рф or +491701234567", status: "pending", priority: "low" }],
    }),
    partStored({ id: "prt_r", type: "reasoning", text: `${"/stop ".repeat(50)}@hans` }),
    textBegins("prt_t"),
    delta("prt_t", many),
  ];
  const view = shown(events, { verbosity: "verbose" });
  t.same(tapsIn(view), []);
  t.match(view.text, /now$/);
  t.ok(view.of("expandable_blockquote")[0]?.endsWith("@hans"));
  t.ok(view.of("code").some((text) => text.includes("рф")));
  t.ok(view.entities.length <= 100, `${view.entities.length} entities`);
  const draft = growingText(many, 4000);
  t.same(tapsIn(draft), []);
  t.match(draft.text, /^…\nnow\n\nUse \/stop40 now/);
  t.same(tapsIn(growingText(`${"a".repeat(30)}/stop${"b".repeat(10)}`, 17)), [], "in a word");
});
