import { test } from "tap";
import type { MessageEntity } from "grammy/types";
import { isSplitText, type Piece, textOfPieces } from "../../src/chat/pieces.ts";

const piece = (text: string, fields: Partial<Piece> = {}): Piece => ({
  kind: "text",
  head: "",
  text,
  entities: [],
  ...fields,
});

test("the parts of a split text are joined byte for byte, and what is formatted across a cut is formatted once", async (t) => {
  t.equal(textOfPieces([piece("one "), piece("\ntwo"), piece(" three")]), "one \ntwo three");
  const pre = (length: number, language = "sh"): MessageEntity[] => [
    { type: "pre", offset: 0, length, language },
  ];
  const code = textOfPieces([
    piece("a=1\n", { entities: pre(4) }),
    piece("b=2\n", { entities: pre(4) }),
    piece("c=3", { entities: pre(3) }),
  ]);
  t.equal(code, textOfPieces([piece("a=1\nb=2\nc=3", { entities: pre(11) })]));
  const bold: MessageEntity[] = [{ type: "bold", offset: 0, length: 1 }];
  t.equal(
    textOfPieces([piece("ab", { entities: bold }), piece("cd", { entities: bold })]),
    "**a**b**c**d",
  );
  const other = [piece("x", { entities: pre(1) }), piece("y", { entities: pre(1, "py") })];
  t.match(textOfPieces(other), /```sh\nx\n```\s*```py\ny\n```/);
});

test("a comment stands above what was forwarded, and only the first quote is kept", async (t) => {
  const forwarded = piece("Forwarded message:\n> x", { kind: "forward" });
  t.equal(textOfPieces([piece("see:"), forwarded]), "see:\n\nForwarded message:\n> x");
  const answers = [
    piece("a", { head: "In reply to:\n> q" }),
    piece("b", { head: "In reply to:\n> q" }),
  ];
  t.equal(textOfPieces(answers), "In reply to:\n> q\n\nab");
});

test("messages are one split text only if all but the last are long and follow each other at once", async (t) => {
  const long = "x".repeat(4000);
  const sent = (text: string, second: number, kind: Piece["kind"] = "text") => ({
    ...piece(text, { kind }),
    sentAt: second * 1000,
  });
  const cases: [boolean, ReturnType<typeof sent>[]][] = [
    [true, [sent(long, 1), sent("end", 1)]],
    [true, [sent(long, 1), sent(long, 2), sent("end", 3)]],
    [true, [sent("short", 1)]],
    [false, [sent(long.slice(1), 1), sent("end", 1)]],
    [false, [sent(long, 1), sent("end", 3)]],
    [false, [sent(long, 1), sent("mid", 1), sent(long, 1)]],
    [false, [sent(long, 1), sent("end", 1, "forward")]],
  ];
  for (const [is, pieces] of cases) t.equal(isSplitText(pieces), is);
});
