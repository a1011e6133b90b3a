/** Models, modes, and what opencode itself offers. */
export const tools = {
  models: ({ model }: { model: string }) =>
    `Now: ${model}. Choose another one; those used last come first, then all by provider. ` +
    "To search, write /model and a part of its name.",
  modelsFound: ({ search }: { search: string }) => `Models with “${search}”:`,
  noModel: ({ search, similar }: { search: string; similar: string }) =>
    `No model has “${search}” in its name. ${similar === "" ? "Look at all of them." : `Did you mean ${similar}?`}`,
  modelChosen: ({ agent, model }: { agent: string; model: string }) =>
    `The next prompt of ${agent} runs on ${model}.`,
  modes: ({ mode }: { mode: string }) => `Now: ${mode}. Choose another mode:`,
  noMode: ({ mode, similar }: { mode: string; similar: string }) =>
    `opencode has no mode “${mode}”. ${orChoose(similar)}`,
  modeChosen: ({ agent, mode }: { agent: string; mode: string }) =>
    `The next prompt of ${agent} runs in mode ${mode}.`,
  variants: ({ model, variant }: { model: string; variant: string }) =>
    `Variant of ${model} now: ${variant}. Choose another one:`,
  noVariants: ({ model }: { model: string }) =>
    `${model} has no variants. Another model may have some.`,
  noVariant: ({ variant, similar }: { variant: string; similar: string }) =>
    `The model has no variant “${variant}”. ${orChoose(similar)}`,
  variantChosen: ({ agent, variant }: { agent: string; variant: string }) =>
    `The next prompt of ${agent} runs with the variant ${variant}.`,
  usual: "the default",
  mcp: "MCP servers:",
  noMcp: "opencode has no MCP servers here.",
  skills: "opencode's skills:",
  noSkills: "opencode has no skills here.",
  commands: "opencode commands; write /run NAME, and arguments after it:",
  noCommands: "opencode has no commands here.",
  runsShell: "runs a shell command",
  runUsage: "Name the command, as in /run review main.ts; /commands lists them.",
  shUsage: "Write what to run, as in /sh git status.",
  shellOff:
    "Not sent: shell is off; set ALLOW_SHELL=true and restart Switchboard to run shell commands.",
  queuedFor: ({ agent, command }: { agent: string; command: string }) =>
    `${command} was given to ${agent}.`,

  /** Why a command was not sent. */
  notSent: {
    unknown: ({ command }: { command: string }) =>
      `Not sent: opencode has no command ${command}; /commands lists those it has.`,
    "shell is off": ({ command }: { command: string }) =>
      `Not sent: ${command} runs a shell command, and shell is off; set ALLOW_SHELL=true and restart Switchboard.`,
    refused: ({ command }: { command: string }) =>
      `Not sent: opencode refused ${command}. Switchboard's log says why.`,
    uncertain: ({ command }: { command: string }) =>
      `It is not known whether ${command} ran. Check what it did before you send it again.`,
    unreadable: ({ command }: { command: string }) =>
      `Not sent: opencode could not read ${command}. Send it in another format.`,
  },

  /** How a command of the shell ended; `rest` comes from `printed`. */
  shell: {
    exited: ({ command, code, rest }: { command: string; code: number; rest: string }) =>
      `“${command}” ended with exit code ${code}${rest}`,
    stopped: ({ command, rest }: { command: string; rest: string }) =>
      `“${command}” was stopped${rest}`,
    timedOut: ({ command, seconds, rest }: { command: string; seconds: number; rest: string }) =>
      `“${command}” was stopped after ${seconds} s${rest}`,
    cutOff: ({ command, rest }: { command: string; rest: string }) =>
      `opencode ended while “${command}” ran; check what it did before you send it again${rest}`,
    uncertain: ({ command }: { command: string }) =>
      `It is not known whether “${command}” ran. Check what it did before you send it again.`,
    printed: {
      nothing: ", and printed nothing.",
      all: ":",
      tooMuch: "; it printed more than 1 MB, and the first of it is in the file. Its end:",
      end: "; this is the end of its output, and all of it is in the file:",
    },
  },
};

/** After a name that is none; `similar` are those like it. */
function orChoose(similar: string): string {
  return similar === "" ? "Choose one of these:" : `Did you mean ${similar}?`;
}
