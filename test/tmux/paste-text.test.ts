import { test } from "tap";
import { cleanForPaste } from "../../src/tmux/paste-text.ts";

test("a paste keeps line feeds, tabs, spaces and every printable character", async (t) => {
  const text = "  a\tb  \n\n  'c' \"d\"; -x $HOME `e` ~\n👩‍👩‍👧‍👦 שלום é\u00A0\u2028 ";
  t.equal(cleanForPaste(text), text);
});

test("a paste cannot be closed by what is inside of it", async (t) => {
  t.equal(cleanForPaste("a\u001B[201~rm -rf /\r"), "a[201~rm -rf /");
  t.equal(cleanForPaste("a\u009B201~b"), "a201~b");
});

test("control characters are dropped, whatever their range", async (t) => {
  const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code));
  const printable = controls.filter((character) => character >= " " && character < "\u007F");
  t.equal(cleanForPaste(`${controls.join("")}.`), `\t\n\n${printable.join("")}.`);
});

test("line ends become line feeds and none is left at the end", async (t) => {
  t.equal(cleanForPaste("a\r\nb\rc\n\r\n"), "a\nb\nc");
  t.equal(cleanForPaste("\r\n"), "");
});
