/** What stands around the words of agents and programs. */
export const replies = {
  fromProgram: ({ text }: { text: string }) => `From a program: ${text}`,
};
