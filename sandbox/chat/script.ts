import type { ModelAnswer, ModelRequest } from "../model/server.ts";

/** What the scripted agent understands, for the help at the start. */
export const scriptWords: readonly (readonly [word: string, meaning: string])[] = [
  ["hello", "any text: the agent answers with its send-telegram tool"],
  ["run <command>", "asks your permission, then runs it: run date"],
  ["ask", "asks you a question with options"],
  ["say <text>", "ends its turn with this Markdown, which Switchboard relays"],
  ["file", "writes a file and sends it"],
  ["write", "writes for 10 seconds: you see it grow"],
  ["slow", "takes 10 seconds; try /status meanwhile"],
];

/** opencode's permission setting the script is made for: the last rule that matches wins. */
export const scriptPermission = {
  "*": "allow",
  bash: { "*": "ask", "send-telegram *": "allow" },
};

const slowMs = 10_000;
const written = [
  ..."**Words** come _one_ by one, as a `model` writes them. ".repeat(4).split(/(?<= )/),
  "Done.",
];
// What opencode adds to a prompt by itself, such as that it runs in plan mode.
const reminder = /<system-reminder>[^]*?<\/system-reminder>/g;
const done: ModelAnswer = { text: "Done." };

/** The scripted agent of the sandbox: one step of its turn for each request. */
export function script({ prompt, toolResults }: ModelRequest): ModelAnswer {
  const text = prompt.replaceAll(reminder, "").trim();
  const result = toolResults.at(-1) ?? "";
  const said = /^say\s+([\s\S]+)$/.exec(text)?.[1];
  if (said !== undefined) return { text: said };

  if (text === "write") return { pieces: written, everyMs: slowMs / written.length };

  const command = /^run\s+([\s\S]+)$/.exec(text)?.[1];
  if (command !== undefined) {
    return step(toolResults, bash(command), () => send(`${command}\n\n${result.trim()}`));
  }
  if (text === "ask") return step(toolResults, question, () => send(chosen(result)));
  if (text === "file") {
    return step(toolResults, write, () => bash("send-telegram --file note.txt --caption 'A note'"));
  }
  if (text === "slow" && toolResults.length === 0) {
    return { hold: slowMs, ...send("That took 10 seconds.") };
  }
  return toolResults.length === 0 ? send(`I am a scripted agent. You wrote: ${text}`) : done;
}

/** The first step, then the one that reports, then the end. */
function step(results: string[], first: ModelAnswer, report: () => ModelAnswer): ModelAnswer {
  if (results.length === 0) return first;
  return results.length === 1 ? report() : done;
}

const question: ModelAnswer = {
  tools: [
    {
      name: "question",
      arguments: {
        questions: [
          {
            question: "Which colour shall the button have?",
            header: "Colour",
            options: [
              { label: "Red", description: "warm" },
              { label: "Blue", description: "cold" },
            ],
          },
        ],
      },
    },
  ],
};

const write: ModelAnswer = {
  tools: [
    { name: "write", arguments: { filePath: "note.txt", content: "Written by the agent.\n" } },
  ],
};

/** opencode reports a question's answers as `"question"="label"`. */
function chosen(result: string): string {
  const label = /"="([^"]*)"/.exec(result)?.[1];
  return label === undefined ? result : `${label} it is.`;
}

const send = (text: string) => bash(`send-telegram -- ${quoted(text)}`);

function bash(command: string): ModelAnswer {
  return { tools: [{ name: "bash", arguments: { command, description: "A step of the script" } }] };
}

/** A text as one word of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
