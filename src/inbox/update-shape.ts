import type { Update } from "grammy/types";
import { Type } from "typebox";
import { Compile } from "typebox/compile";

// The store does not give back larger numbers, and `Date` knows no later second.
const Id = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
const latestSecond = 8.64e12;
const User = Type.Object({ id: Id, is_bot: Type.Boolean() });
const Message = Type.Object({
  message_id: Id,
  date: Type.Integer({ minimum: 0, maximum: latestSecond }),
  chat: Type.Object({ id: Id, type: Type.String() }),
  from: Type.Optional(User),
  text: Type.Optional(Type.String()),
  message_thread_id: Type.Optional(Id),
});

// Only what the code reads of an update before grammY does; Telegram adds fields at any time.
const shape = Compile(
  Type.Object({
    update_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    message: Type.Optional(Message),
    callback_query: Type.Optional(
      Type.Object({
        id: Type.String(),
        from: User,
        message: Type.Optional(Message),
        data: Type.Optional(Type.String()),
      }),
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
