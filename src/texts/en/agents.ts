/** What an agent does now, and how its next prompt runs: parts of `/status`. */
export const agents = {
  /** Behind “State:”. */
  state: {
    idle: "idle",
    working: "working",
    starting: "starting",
    stopped: "stopped",
    waitsForDecision: "waiting for your decision",
    waitsForModel: "the model cannot be reached; opencode keeps trying",
    waitsForOpencode: "waiting for opencode, which is not responding",
    unknown: "not known, since opencode is not responding; prompts wait",
  },
  opencodesAgent: "opencode's default mode",
  opencodesModel: "opencode's default model",
  sessionLost: ({ agent }: { agent: string }) =>
    `opencode has lost the session of ${agent}; it continues in a new one without memory. ` +
    "Send again what it was working on.",
};
