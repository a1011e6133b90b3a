/** What stands around the words of agents and programs. */
export const replies = {
  /** Below the beginning of an answer that is too long for messages. */
  attached: ({ name }: { name: string }) => `… The whole answer is attached: ${name}`,
  fromProgram: ({ text }: { text: string }) => `From a program: ${text}`,
  richLost:
    "An answer may be missing here: Telegram did not take it. /transcript shows what the agent said.",
};
