import type { Database } from "../../src/store/database.ts";
import { Store } from "../../src/store/store.ts";
import { migrateTo } from "./older-store.ts";

/**
 * A store that was last opened by version 12, when cards and questions had tables of keys of their own:
 * open, answered and closed cards, and questions that were answered, not answered, or lost their call.
 */
export async function storeWithOldButtons(database: Database): Promise<Store> {
  await migrateTo(database, 12);
  const call = (lane: string) =>
    `INSERT INTO outbox (lane, method, payload, state, created_at)
     VALUES ('${lane}', 'sendMessage', '{}', 'sent', 1);`;
  const card = (id: string, state: string, operator: number | null, outboxId: number) =>
    `INSERT INTO cards (request_id, kind, agent, conversation, operator, request, state, outbox_id,
       created_at, number)
     VALUES ('${id}', 'permission', 'site', '-100:5', ${operator},
       '{"id":"${id}","sessionID":"ses_1","permission":"bash","patterns":[],"metadata":{},"always":[]}',
       '${state}', ${outboxId}, 7, 1);`;
  const cardKey = (key: string, id: string, usedBy: number | null) =>
    `INSERT INTO card_keys (key, request_id, action, used_by)
     VALUES ('${key}', '${id}', '{"type":"permission","reply":"once"}', ${usedBy});`;
  const question = (key: string, command: string, outboxId: number, used: number) =>
    `INSERT INTO confirmations (key, operator, command, argument, outbox_id, used, created_at)
     VALUES ('${key}', 1000, '${command}', 'a "b"', ${outboxId}, ${used}, 9);`;
  await database.exec(
    [
      ...["-100:5 urgent", "-100:5 urgent", "1000 urgent", "1000"].map(call),
      card("per_open", "open", 1000, 1),
      card("per_any", "open", null, 2),
      card("per_answered", "answered", null, 2),
      card("per_closed", "closed", null, 2),
      cardKey("card open", "per_open", null),
      cardKey("card any", "per_any", null),
      cardKey("card answered", "per_answered", 1000),
      cardKey("card closed", "per_closed", 1000),
      question("stop yes", "stop", 3, 0),
      question("stop no", "", 3, 0),
      question("was used", "stop", 4, 1),
      question("has no call", "stop", 99, 0),
    ].join("\n"),
  );
  return Store.open(database);
}
