import type { Message, Update, UserFromGetMe } from "grammy/types";

/** The account of the bot under test. */
export const me = {
  id: 123456789,
  is_bot: true,
  first_name: "Switchboard",
  username: "switchboard_test_bot",
} as UserFromGetMe;

const operator = { id: 1000, is_bot: false, first_name: "Operator" };

/** The operator's message of this moment in the private chat 1000, with fields added or replaced. */
export function message(fields: object = {}): Message & Update.NonChannel {
  const all: unknown = {
    message_id: 7,
    date: Math.floor(Date.now() / 1000),
    from: operator,
    chat: { id: 1000, type: "private", first_name: "Operator" },
    text: "hello",
    ...fields,
  };
  return all as Message & Update.NonChannel;
}

/** An update that brings the operator's message. */
export function update(updateId: number, fields: object = {}): Update {
  return { update_id: updateId, message: message(fields) };
}

/** An update that brings the operator's press of a button under the bot's own message. */
export function press(updateId: number, data: string, fields: object = {}): Update {
  const card = { ...message(), from: me, message_id: 8, text: "a card" };
  const one: unknown = {
    update_id: updateId,
    callback_query: {
      id: `query-${updateId}`,
      from: operator,
      message: card,
      chat_instance: "1",
      data,
      ...fields,
    },
  };
  return one as Update;
}
