/** What stands around the words of agents and programs. */
export const replies = {
  fromProgram: ({ text }: { text: string }) => `From a program: ${text}`,
  richLost:
    "An answer may be missing here: Telegram did not take it. /transcript shows what the agent said.",
};
