import type { Cards } from "../cards/cards.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { InboxWorker } from "../inbox/worker.ts";
import type { EventStream } from "../opencode/events.ts";
import type { Sender } from "../outbox/sender.ts";
import type { Store } from "../store/store.ts";
import type { TelegramCalls } from "../telegram/call.ts";
import type { Pauses } from "../telegram/pauses.ts";
import type { Registration } from "../telegram/registration.ts";
import type { TurnReports } from "../turns/turn-reports.ts";

/** Where the metrics come from: the parts whose events are counted or whose state is read. */
export interface MetricSources {
  store: Store;
  inbox: Inbox;
  inboxWorker: InboxWorker;
  sender: Sender;
  telegramCalls: TelegramCalls;
  pauses: Pick<Pauses, "ends">;
  registration: Pick<Registration, "missing">;
  delivery: Delivery;
  turnReports: TurnReports;
  cards: Cards;
  events: EventStream;
}

/** Sets the gauges that are read at the moment of a scrape. */
export type Read = () => void;
