/** What stands around the words of agents and programs. */
export const replies = {
  /** Below the beginning of an answer that is too long for messages. */
  attached: ({ name }: { name: string }) => `… The whole answer is attached: ${name}`,
  /** The first line of what an agent says in a conversation that is bound to another one. */
  speaker: ({ agent }: { agent: string }) => `${agent}:`,
  /** The same of one that has begun a new session since, or was replaced by another of its name. */
  earlier: ({ agent }: { agent: string }) => `${agent}, in an earlier session:`,
  /** What becomes of a press of a button below an agent's words. */
  chosen: ({ agent, choice }: { agent: string; choice: string }) => `Sent to ${agent}: ${choice}`,
  chosenStopped: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} is stopped. /start ${agent} starts it; then write to it.`,
  chosenGone: ({ agent }: { agent: string }) =>
    `Not sent: ${agent} has begun a new session since it asked. Write to it instead.`,
  fromProgram: ({ text }: { text: string }) => `From a program: ${text}`,
  richLost:
    "An answer may be missing here: Telegram did not accept it. /transcript shows what the agent said.",
};
