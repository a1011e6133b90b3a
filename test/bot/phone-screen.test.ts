import { test } from "tap";
import { phoneScreen } from "../../src/bot/phone-screen.ts";

test("a screen loses frames, blank lines, its indent and wide gaps, and no word", async (t) => {
  const screen = [
    "",
    `  ┃${" ".repeat(117)}default_agent`,
    "  ┃  hello",
    `${" ".repeat(120)}15 tokens`,
    "  ┃",
    "  ┃   ",
    "",
    "",
    "     ▣  Build · a    b",
    `  ╹${"▀".repeat(100)}`,
    `   /work${" ".repeat(60)}15`,
    "",
  ];
  const shown = [
    "┃  default_agent",
    "┃  hello",
    "15 tokens",
    "",
    "   ▣  Build · a    b",
    "",
    " /work  15",
  ];
  t.equal(phoneScreen(screen.join("\n")), shown.join("\n"));
  for (const nothing of ["", "  \n\n", `  ┃\n  ╹${"▀".repeat(9)}`])
    t.equal(phoneScreen(nothing), "");
});
