import { test } from "tap";
import { secret, startApp } from "../../support/app.ts";
import { everySample } from "../../support/media.ts";
import { rows } from "../../support/memory.ts";
import { me, update } from "../../support/updates.ts";

const group = { id: -100, type: "supergroup", title: "Group" };
const user = (id: number) => ({ id, is_bot: false, first_name: "U" });

const senders: Record<string, { fields: object; isOperator: boolean }> = {
  "the operator": { fields: {}, isOperator: true },
  "the operator in the group": { fields: { chat: group }, isOperator: true },
  "a stranger": {
    fields: { from: user(5), chat: { id: 5, type: "private" } },
    isOperator: false,
  },
  "a group member who is no user": { fields: { from: user(5), chat: group }, isOperator: false },
  "an operator in another group": {
    fields: { chat: { ...group, id: -200 } },
    isOperator: false,
  },
  "a bot": { fields: { from: { ...me, id: 1000 }, chat: group }, isOperator: false },
  "an anonymous admin": { fields: { chat: group, sender_chat: group }, isOperator: false },
};

test("of each kind of message, and of its edits, only an operator's is kept; nobody else's has any effect or answer", async (t) => {
  const { app } = await startApp(t, {
    TELEGRAM_ALLOWED_CHAT_ID: "1000,-100",
    TELEGRAM_ALLOWED_USER_ID: "1000",
  });
  let id = 0;
  const expected: number[] = [];
  for (const [kind, { content }] of Object.entries(everySample)) {
    for (const [name, { fields, isOperator }] of Object.entries(senders)) {
      for (const field of ["message", "edited_message"]) {
        id += 1;
        if (isOperator) expected.push(id);
        const { message } = update(id, { text: undefined, ...content, ...fields });
        const { statusCode, body } = await app.inject({
          method: "POST",
          url: "/telegram/webhook",
          headers: {
            "content-type": "application/json",
            "x-telegram-bot-api-secret-token": secret,
          },
          body: JSON.stringify({ update_id: id, [field]: message }),
        });
        t.same([statusCode, body], [200, ""], `${field}: ${kind} of ${name}`);
      }
    }
  }
  const stored = await rows<{ update_id: number }>(app.store, "SELECT update_id FROM updates");
  t.same(
    stored.map((row) => row.update_id),
    expected,
  );
  t.same(await rows(app.store, "SELECT id FROM outbox"), [], "nobody is answered at the gate");
  t.same(await rows(app.store, "SELECT id FROM prompt_parts"), []);
});
