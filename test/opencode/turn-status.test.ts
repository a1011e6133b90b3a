import { test } from "tap";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { turnStatus } from "../../src/opencode/turn-status.ts";
import { answer, prompted, synthetic } from "../support/session.ts";

const dismissal = "The user dismissed this question";
const rejection = "The user rejected permission to use this tool.";

test("the status of a turn is read from what came after its prompt", async (t) => {
  const turns: [string, SessionMessage[], object][] = [
    [
      "finished",
      [prompted("m1"), answer({ text: "all done" })],
      { kind: "finished", text: "all done" },
    ],
    [
      "only the last step's words count",
      [
        prompted("m1"),
        answer({ text: "let me look", finish: "tool-calls" }),
        answer({ text: " found it \n" }),
      ],
      { kind: "finished", text: "found it" },
    ],
    ["finished without a word", [prompted("m1"), answer({})], { kind: "finished", text: "" }],
    [
      "ended by the operator's no",
      [prompted("m1"), answer({ text: "May I?", toolError: rejection, finish: "tool-calls" })],
      { kind: "rejected", text: "May I?" },
    ],
    [
      "ended by a question that was dismissed",
      [prompted("m1"), answer({ toolError: dismissal, finish: "tool-calls" })],
      { kind: "rejected", isDismissed: true, text: "" },
    ],
    [
      "a tool that failed is no end",
      [prompted("m1"), answer({ toolError: "exit 1", finish: "tool-calls" }), answer({})],
      { kind: "finished", text: "" },
    ],
    [
      "cut off between two steps",
      [prompted("m1"), answer({ text: "Let me run the tests", finish: "tool-calls" })],
      { kind: "cut off", text: "Let me run the tests" },
    ],
    [
      "another turn in the terminal",
      [prompted("m1"), answer({ text: "ours" }), prompted("m2"), answer({ text: "theirs" })],
      { kind: "finished", text: "ours" },
    ],
    [
      "summed up by the operator",
      [prompted("m1"), answer({ text: "ours" }), answer({ text: "the summary", summary: true })],
      { kind: "finished", text: "ours" },
    ],
    [
      "summed up by opencode, which then goes on",
      [
        prompted("m1"),
        answer({ text: "the answer" }),
        answer({ text: "the summary", summary: true }),
        synthetic("m2", "Continue if you have next steps"),
        answer({ text: "nothing more" }),
      ],
      { kind: "finished", text: "the answer\n\nnothing more" },
    ],
    [
      "asked again by opencode after the context was too small",
      [
        prompted("m1"),
        answer({ text: "", finish: "none" }),
        answer({ text: "the summary", summary: true }),
        prompted("m2"),
        answer({ text: "the answer" }),
      ],
      { kind: "finished", text: "the answer" },
    ],
    [
      "aborted while opencode waited to ask the model again",
      [prompted("m1"), answer({ finish: "none" })],
      { kind: "stopped", text: "" },
    ],
    [
      "aborted while it waited in a later step",
      [
        prompted("m1"),
        answer({ text: "let me look", finish: "tool-calls" }),
        answer({ finish: "none" }),
      ],
      { kind: "stopped", text: "let me look" },
    ],
    [
      "an answer in a step, and an empty step after it",
      [prompted("m1"), answer({ text: "the answer", finish: "tool-calls" }), answer({})],
      { kind: "finished", text: "the answer" },
    ],
    [
      "cut at the output limit",
      [prompted("m1"), answer({ text: "half of", finish: "length" })],
      { kind: "finished", text: "half of", cut: "length" },
    ],
    [
      "stopped by the provider's filter",
      [prompted("m1"), answer({ text: "half of", finish: "content-filter" })],
      { kind: "finished", text: "half of", cut: "content-filter" },
    ],
    [
      "an unknown reason to finish, and then nothing",
      [prompted("m1"), answer({ text: "the answer", finish: "unknown" }), answer({})],
      { kind: "finished", text: "the answer" },
    ],
    [
      "a command typed in the terminal afterwards",
      [
        prompted("m1"),
        answer({ text: "ours" }),
        synthetic("m2", "The following tool was executed by the user"),
        answer({ tool: "total 0", finish: "none" }),
      ],
      { kind: "finished", text: "ours" },
    ],
    [
      "a provider that says stop where a tool was called",
      [
        prompted("m1"),
        answer({ text: "let me look", tool: "found" }),
        prompted("m2"),
        answer({ text: "both" }),
      ],
      { kind: "finished", text: "both" },
    ],
    ["nothing came yet", [prompted("m1")], { kind: "unstarted" }],
    [
      "what stood before does not count",
      [prompted("m0"), answer({ text: "old" }), prompted("m1")],
      { kind: "unstarted" },
    ],
    [
      "aborted",
      [prompted("m1"), answer({ text: "half", error: "MessageAbortedError" })],
      { kind: "stopped", text: "half" },
    ],
    [
      "aborted, then another prompt answered",
      [
        prompted("m1"),
        answer({ error: "MessageAbortedError" }),
        prompted("m2"),
        answer({ text: "fine" }),
      ],
      { kind: "stopped", text: "" },
    ],
    [
      "failed",
      [prompted("m1"), answer({ error: "APIError" })],
      { kind: "failed", error: "APIError", text: "" },
    ],
    [
      "failed in the middle of its answer",
      [prompted("m1"), answer({ text: "half", error: "APIError" })],
      { kind: "failed", error: "APIError", text: "half" },
    ],
    [
      "cut off",
      [prompted("m1"), answer({ text: "half", completed: false })],
      { kind: "cut off", text: "half" },
    ],
    ["stored without its part", [prompted("m1", ""), answer({ text: "x" })], { kind: "missing" }],
    [
      "merged with a later prompt",
      [prompted("m1"), prompted("m2"), answer({ text: "both" })],
      { kind: "finished", text: "both" },
    ],
    [
      "pushed out of the newest messages",
      [answer({ text: "step 30", finish: "tool-calls" }), answer({ text: "end" })],
      { kind: "finished", text: "end" },
    ],
  ];
  for (const [name, messages, stand] of turns)
    t.strictSame(turnStatus(messages, "m1"), stand, name);
});
