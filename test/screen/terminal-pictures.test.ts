import { test } from "tap";
import { PictureError } from "../../src/picture/pictures.ts";
import { TerminalPictures } from "../../src/screen/terminal-pictures.ts";
import type { StyledLook } from "../../src/tmux/pane.ts";
import { lookOf } from "../support/looks.ts";

/** A terminal that shows one text after the other, each once, and the last one for good. */
function terminal(looks: (StyledLook | undefined)[]) {
  const drawn: string[] = [];
  let at = 0;
  const terminals = {
    captureStyled: async () => looks[Math.min(at++, looks.length - 1)],
  };
  const pictures = {
    async draw({ text }: { text: string }) {
      drawn.push(text);
      return Buffer.from(text);
    },
  };
  const waits = { afterMs: 0, apartMs: 1, withinMs: 100 };
  return { drawn, pictures, all: new TerminalPictures({ terminals, pictures, ...waits }) };
}

const textOf = (png: Uint8Array | undefined) => png && Buffer.from(png).toString();

test("a terminal is pictured once two captures of it are equal", async (t) => {
  const { all } = terminal([lookOf("a"), lookOf("b"), lookOf("c"), lookOf("c"), lookOf("d")]);
  t.equal(textOf((await all.still("site"))?.png), "c");
});

test("one that is still at once is drawn once, while that is waited for", async (t) => {
  const { all, drawn } = terminal([lookOf("a")]);
  t.equal(textOf((await all.still("site"))?.png), "a");
  t.same(drawn, ["a"]);
});

test("a cursor that moves is no stillness", async (t) => {
  const { all } = terminal([lookOf("a"), lookOf("a", { cursorX: 9 }), lookOf("a", { cursorX: 9 })]);
  t.equal((await all.still("site"))?.look.cursorX, 9);
});

test("one that never rests is pictured when its time is over", async (t) => {
  let count = 0;
  const pictures = { draw: async ({ text }: { text: string }) => Buffer.from(text) };
  const all = new TerminalPictures({
    terminals: { captureStyled: async () => lookOf(`${count++}`) },
    pictures,
    afterMs: 0,
    apartMs: 1,
    withinMs: 20,
  });
  const made = await all.still("site");
  t.equal(textOf(made?.png), made?.look.text);
});

test("no terminal, one that goes, and one that cannot be drawn", async (t) => {
  t.equal(await terminal([undefined]).all.still("site"), undefined);
  t.equal(await terminal([lookOf("a"), undefined]).all.still("site"), undefined);
  const { all, pictures } = terminal([lookOf("a")]);
  pictures.draw = async () => Promise.reject(new Error("of the library"));
  await t.rejects(all.still("site"), PictureError);
});
