import { test } from "tap";
import { keyNamed, keyWord } from "../../src/tmux/key.ts";

test("keys are named as operators write them, and as tmux has them", async (t) => {
  for (const [name, key] of Object.entries({
    Enter: "Enter",
    esc: "Escape",
    ESC: "Escape",
    up: "Up",
    PageUp: "PPage",
    "page down": "NPage",
    NPage: "NPage",
    "shift+tab": "BTab",
    "Ctrl-C": "C-c",
    "ctrl+x": "C-x",
    "^d": "C-d",
    "C-c": "C-c",
    f12: "F12",
    y: "y",
    Y: "Y",
    ";": ";",
    space: "Space",
    delete: "DC",
  })) {
    t.equal(keyNamed(name), key, name);
  }
});

test("what is no key is none, whatever it looks like to tmux", async (t) => {
  for (const name of [
    "",
    "cc",
    "F13",
    "F0",
    "ctrl-\\",
    "ctrl-1",
    "é",
    "😀",
    "ab",
    "constructor",
    "Up;kill-server",
    "-t",
    "M-x",
    " ",
  ]) {
    t.equal(keyNamed(name), undefined, JSON.stringify(name));
  }
});

test("a character is pressed by its code, since some mean something to tmux", async (t) => {
  for (const [name, word] of [
    ["a", "-H 61"],
    [";", "-H 3b"],
    ["\\", "-H 5c"],
    ["{", "-H 7b"],
    ["Enter", "Enter"],
    ["ctrl-c", "C-c"],
  ] as const) {
    const key = keyNamed(name);
    t.equal(key && keyWord(key), word);
  }
});
