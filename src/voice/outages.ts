import type { Transaction } from "../store/store.ts";

/** What may fail: transcribing voice messages, or reading answers aloud. */
export type SpeechService = "hearing" | "speaking";

/**
 * Records that a service failed for a conversation. Resolves to true the first time since it last worked: operators
 * are told once for each outage, not for each message.
 */
export async function noteOutage(
  transaction: Transaction,
  service: SpeechService,
  conversation: string,
): Promise<boolean> {
  const { changes } = await transaction.run(
    "INSERT INTO speech_outages (service, conversation) VALUES (?, ?) ON CONFLICT DO NOTHING",
    service,
    conversation,
  );
  return changes === 1;
}

/** Records that a service works. */
export async function endOutage(transaction: Transaction, service: SpeechService): Promise<void> {
  await transaction.run("DELETE FROM speech_outages WHERE service = ?", service);
}
