import { test } from "tap";
import { isPasteable, readScreen, showsCollapsed, showsSession } from "../../src/delivery/tui.ts";
import { capture } from "../support/capture.ts";

const screen = (name: string) => readScreen(capture(name));
const EMPTY = { empty: true, text: "" };

test("an idle session with an empty box is ready, at every size", async (t) => {
  for (const size of ["80", "100", "200"])
    t.same(screen(`${size}-fresh`), {
      ready: true,
      dialog: undefined,
      box: EMPTY,
      agent: "Build",
      model: "stub stub",
      busy: false,
    });
  t.match(screen("100-busy"), { ready: true, dialog: undefined, box: EMPTY, busy: true });
});

test("the model is read as it is shown, without the panel beside it", async (t) => {
  const view = capture("200-fresh");
  const text = view.text.replace("stub stub       ", "Model 2 Co · high");
  t.match(readScreen({ ...view, text }), { agent: "Build", model: "Model 2 Co · high" });
});

test("what stands in the box is read, and then it is not empty", async (t) => {
  const box = (name: string) => {
    const { ready, box: content } = screen(name);
    t.ok(ready, `${name} is ready`);
    t.equal(content.empty, false);
    return content.text;
  };
  const words = "some words to wrap, some words to wrap, some words to wrap, some words";
  const more = "to wrap, some words to wrap, some words to wrap,";
  t.equal(box("100-one"), "hello world");
  t.equal(box("100-two"), "first\n  second");
  t.equal(box("100-wrapped"), `${words} to wrap, some words\n${more}`);
  t.equal(box("80-wrapped"), `${words}\nto wrap, some words ${more}`);
  t.equal(box("100-pasted"), "[Pasted ~4 lines]");
  t.equal(box("200-pasted"), "[Pasted ~4 lines]");
  t.equal(box("100-mixed"), "x[Pasted ~3 lines] tail");
});

test("only a paste that was collapsed itself is taken for one, not a text with such words", async (t) => {
  const four = "one\ntwo\nthree\nfour";
  const { box } = screen("100-pasted");
  t.ok(showsCollapsed(box, four));
  t.notOk(showsCollapsed(box, `${four}\nfive`), "another paste");
  t.notOk(showsCollapsed(screen("100-mixed").box, "x\ny\nz"), "words of somebody else with it");
  const said = "I see [Pasted ~1 lines], please set the port to 8080";
  t.notOk(showsCollapsed({ empty: false, text: said }, said));
  for (const text of ["[Pasted ~1 lines]", "[Pasted ~3 lines]", "x".repeat(151)]) {
    t.notOk(showsCollapsed({ empty: false, text: text.slice(0, 17) }, text), text);
  }
  t.ok(showsCollapsed({ empty: false, text: "[Pasted ~1 lines]" }, "x".repeat(151)));
});

test("a box whose text begins with blank lines or spaces is not empty", async (t) => {
  const view = capture("100-fresh");
  const spaces = { ...view, cursorX: view.cursorX + 2 };
  t.equal(readScreen(spaces).box.empty, false, "spaces show only by the cursor");
  const lines = view.text.split("\n");
  lines.splice(view.cursorY - 1, 1, "  ┃");
  lines.splice(view.cursorY - 2, 1, "  ┃");
  t.equal(readScreen({ ...view, text: lines.join("\n") }).box.empty, false, "an empty first line");
});

test("an open dialog or menu is never ready", async (t) => {
  for (const name of ["80-permission", "100-permission"])
    t.match(screen(name), { ready: false, dialog: "permission", box: { empty: false } });
  for (const name of ["100-question", "200-question"])
    t.match(screen(name), { ready: false, dialog: "question", box: { empty: false } });
  for (const name of ["100-palette", "80-sessions", "100-sessions", "200-sessions"])
    t.match(screen(name), { ready: false, dialog: "other", box: { empty: false } });
  t.match(screen("100-slash"), { ready: false, dialog: "other", box: { text: "/comp" } });
  t.match(screen("100-at"), { ready: false, dialog: "other", box: { text: "see @file" } });
});

test("whatever is not a session's prompt box is not ready", async (t) => {
  for (const name of ["100-home", "100-server-down", "100-shellmode", "100-killed"])
    t.equal(screen(name).ready, false, name);
  const view = capture("100-fresh");
  t.equal(readScreen({ ...view, text: "" }).ready, false, "nothing drawn yet");
  t.equal(readScreen({ ...view, text: "\n".repeat(30) }).ready, false);
  t.equal(readScreen({ ...view, text: `${view.text.trimEnd()}\n one more line\n` }).ready, false);
  const cut = view.text.replace(/ctrl\+p commands/, "ctrl+p");
  t.equal(readScreen({ ...view, text: cut }).ready, false);
  for (let count = view.text.split("\n").length; count > 0; count--) {
    const drawn = view.text.split("\n").slice(0, count).join("\n");
    const whole = drawn.includes("commands");
    t.equal(readScreen({ ...view, text: drawn }).ready, whole, `${count} lines are drawn`);
  }
});

test("an agent that prints a box or a dialog is not taken for one", async (t) => {
  const view = capture("100-fresh");
  const lines = view.text.split("\n");
  lines[3] = "  ┃  △ Permission required";
  lines[5] = `  ╹${"▀".repeat(90)}`;
  lines[6] = "   /x     ctrl+p commands";
  t.match(readScreen({ ...view, text: lines.join("\n") }), { ready: true, dialog: undefined });
});

test("a session is recognised by the pane's title alone, cut as opencode cuts it", async (t) => {
  const long = "A long title of a session that goes on and on and on for ever – é日本";
  t.ok(showsSession(capture("100-fresh").title, long));
  t.notOk(showsSession(capture("100-fresh").title, "A long title"));
  t.ok(showsSession(capture("80-fresh").title, "Fixture session"));
  t.ok(showsSession(`OC | ${"x".repeat(40)}`, "x".repeat(40)));
  t.notOk(showsSession(capture("100-home").title, "Fixture session"));
  t.notOk(showsSession("OC | Fixture session 2", "Fixture session"));
  t.notOk(showsSession("OpenCode", "New session - 2026-11-21T11:54:44.551Z"));
  t.notOk(showsSession("OC | ", ""));
});

test("a text that the TUI would change or act on is not for pasting", async (t) => {
  for (const text of [
    "hello",
    "use / and ! here",
    "see @file please",
    "a\nb\nc",
    "https://x.org/a",
  ])
    t.ok(isPasteable(text), text);
  for (const text of [
    "",
    " \n",
    "/compact",
    "  /compact\n\nx",
    "!ls",
    "exit",
    " quit\n",
    ":q",
    "@file",
    "look at @src/a.ts",
  ])
    t.notOk(isPasteable(text), `“${text}”`);
  for (const text of ["shot.png", "'/tmp/a b.JPG'", "docs/paper.pdf"])
    t.notOk(isPasteable(text), text);
});
