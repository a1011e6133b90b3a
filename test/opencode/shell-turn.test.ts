import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { shellStatus } from "../../src/opencode/shell-turn.ts";

const asMessage = (fields: unknown) => fields as SessionMessage;
const asked = asMessage({ info: { id: "msg_1", role: "user" }, parts: [] });
const ran = (...parts: object[]) =>
  asMessage({ info: { role: "assistant", parentID: "msg_1" }, parts });
const tool = (state: object) => ran({ type: "tool", tool: "bash", state });

test("the status of a command of the shell is what its message tells", async (t) => {
  const cases: [string, SessionMessage[], object][] = [
    ["no message", [], { kind: "missing" }],
    ["nothing came of it", [asked], { kind: "unstarted" }],
    ["no tool yet", [asked, ran()], { kind: "cut off", text: "" }],
    [
      "it came to its end",
      [asked, tool({ status: "completed", output: "a\n\n[exit 3]\n" })],
      { kind: "finished", text: "a\n\n[exit 3]\n" },
    ],
    [
      "it was aborted",
      [
        asked,
        tool({
          status: "completed",
          output: "a\n\n<metadata>\nUser aborted the command\n</metadata>",
        }),
      ],
      { kind: "stopped", text: "a" },
    ],
    [
      "opencode died",
      [asked, tool({ status: "running", metadata: { output: "a\n" } })],
      { kind: "cut off", text: "a\n" },
    ],
    [
      "opencode failed",
      [asked, tool({ status: "error", error: "no shell" })],
      { kind: "failed", error: "no shell", text: "" },
    ],
  ];
  for (const [name, messages, status] of cases) {
    t.same(shellStatus(messages, "msg_1"), status, name);
  }
});
