import type { Update } from "grammy/types";
import { Type } from "typebox";
import { Compile } from "typebox/compile";

const Id = Type.Integer({ minimum: -(2 ** 53), maximum: 2 ** 53 });
const User = Type.Object({ id: Id, is_bot: Type.Boolean() });
const Message = Type.Object({
  message_id: Id,
  date: Type.Integer({ minimum: 0 }),
  chat: Type.Object({ id: Id, type: Type.String() }),
  from: Type.Optional(User),
  text: Type.Optional(Type.String()),
  message_thread_id: Type.Optional(Id),
});

// Only what the code reads of an update before grammY does; Telegram adds fields at any time.
const shape = Compile(
  Type.Object({
    update_id: Type.Integer({ minimum: 0, maximum: 2 ** 53 }),
    message: Type.Optional(Message),
    callback_query: Type.Optional(
      Type.Object({ id: Type.String(), from: User, message: Type.Optional(Message) }),
    ),
  }),
);

/** The update a body holds, or undefined when it is not JSON or not an update. */
export function parseUpdate(body: string): Update | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  return shape.Check(value) ? (value as unknown as Update) : undefined;
}
