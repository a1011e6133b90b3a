import { test } from "tap";
import { wholeLook } from "../../src/delivery/whole-look.ts";
import type { Look } from "../../src/tmux/pane.ts";
import { capture } from "../support/capture.ts";

function look(name: string, fields: Partial<Look> = {}): Look {
  return { ...capture(name), dead: false, inMode: false, ...fields } as Look;
}

/** Shows these, one after the other, then the last one for ever. */
function shows(...looks: (Look | undefined)[]) {
  const seen: number[] = [];
  const next = async () => {
    const index = Math.min(seen.length, looks.length - 1);
    seen.push(index);
    return looks[index];
  };
  return { next, seen };
}

const title = "OC | Greeting";
const whole = look("100-fresh", { title });
const half = { ...whole, cursorX: 40, cursorY: 3 };
const cut = { ...whole, text: whole.text.split("\n").slice(0, 20).join("\n") };

test("a terminal that is just being drawn is looked at again until its frame is whole", async (t) => {
  const { next, seen } = shows(half, cut, half, whole);
  t.same(await wholeLook(next, 60_000), whole);
  t.equal(seen.length, 4);
});

test("a screen that stays not understood is given as it is", async (t) => {
  const { next } = shows(half);
  t.same(await wholeLook(next, 1), half);
});

test("what cannot become the prompt box by being drawn is looked at once", async (t) => {
  const once = {
    "no terminal": undefined,
    "a box with the operator's words": look("100-one", { title }),
    "a dialog": look("100-permission", { title }),
    "a terminal that has ended": { ...half, dead: true },
    "copy mode": { ...half, inMode: true },
    "the home screen": look("100-home", { title: "OpenCode" }),
  };
  for (const [what, shown] of Object.entries(once)) {
    const { next, seen } = shows(shown, whole);
    t.same(await wholeLook(next, 60_000), shown, what);
    t.equal(seen.length, 1, what);
  }
});
