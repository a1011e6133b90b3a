import { test } from "tap";
import { dialogRows, markedWord, plainText } from "../../src/screen/shown-text.ts";
import { askedChoice, asks, styledDialog } from "../support/dialog.ts";

const words = ["Allow once", "Allow always", "Reject"];

test("the words of a screen are what tmux gives without colours", async (t) => {
  const styled =
    "\u001b[1ma\u001b[0m b  \n\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\\u000eq\u000f\u001b[48;5;1m  \n";
  t.equal(plainText(styled), "a b\nlinkq\n");
});

test("a dialog is the rows of its bar at the bottom, and its marked choice is told by its background", async (t) => {
  const rows = dialogRows(styledDialog("Allow once"));
  t.match(plainText(rows.join("\n")), /^ {2}┃\n {2}┃ {2}△ Permission required\n/);
  t.equal(markedWord(rows, words), "Allow once");
  t.equal(markedWord(dialogRows(styledDialog("Reject")), words), "Reject");
  t.equal(markedWord(dialogRows(styledDialog("none")), words), undefined);
  t.equal(markedWord(dialogRows(askedChoice("Blue")), ["Red", "Blue"]), "Blue");
  t.same(dialogRows(asks("nothing")), []);
});
