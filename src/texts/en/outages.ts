/** Something that agents need does not work, and works again. */
export const outages = {
  opencode: ({ agent }: { agent: string }) =>
    `opencode is not responding, or is not accepting your message to ${agent}. ` +
    "Your message is saved; /status says more.",
  opencodeIsBack: ({ agent }: { agent: string }) => `opencode is back; ${agent} continues.`,
  terminal: ({ agent }: { agent: string }) =>
    `The terminal of ${agent} does not respond; your messages go through opencode's API until it does.`,
  terminalIsBack: ({ agent }: { agent: string }) => `The terminal of ${agent} responds again.`,
  messageNotTaken:
    "Telegram does not accept one of the agent's messages. Later ones go first; Switchboard keeps trying for a day.",
};
