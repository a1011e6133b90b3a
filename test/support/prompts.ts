/** What an operator in chat 1000 writes to agent `site`. */
export const newPrompt = (updateId: number, fields: object = {}) => ({
  updateId,
  agent: "site",
  conversation: "1000",
  operator: 1000,
  chatMessageId: updateId,
  text: `text ${updateId}`,
  sentAt: 0,
  ...fields,
});
