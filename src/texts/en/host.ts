/** What is wrong with the opencode server of this machine; `remedy` follows the faults. */
export const host = {
  noPassword: "opencode asks for no password, so every user of this machine can act as you.",
  wrongPassword: "opencode refuses Switchboard's password.",
  tooOld: ({ version, oldest }: { version: string; oldest: string }) =>
    `opencode ${version} is too old: install ${oldest} or newer (npm install -g opencode-ai).`,
  /** `wanted` is the value of PROJECT_CONFIG. */
  obeysProjects: ({ wanted }: { wanted: string }) =>
    `opencode obeys the settings of projects, but PROJECT_CONFIG=${wanted} is wanted.`,
  ignoresProjects: ({ wanted }: { wanted: string }) =>
    `opencode ignores the settings of projects, but PROJECT_CONFIG=${wanted} is wanted.`,
  remedy: {
    restart: ({ command }: { command: string }) =>
      `Restart opencode when no agent works: ${command}`,
    stopForeign: "Switchboard did not start this server: stop it, and Switchboard starts its own.",
  },
};
