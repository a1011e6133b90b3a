import type { Agents } from "../agents/agents.ts";
import type { Cards } from "../cards/cards.ts";
import type { Logger } from "../log.ts";
import type { Activity } from "../opencode/activity.ts";
import type { EventStream, OpencodeEvent } from "../opencode/events.ts";
import type { AgentLoops } from "./agent-loops.ts";

/** What listening to opencode needs. */
export interface WakeEventsOptions {
  events: EventStream;
  activity: Activity;
  agents: Agents;
  cards: Cards;
  loops: Pick<AgentLoops, "wake" | "wakeAll">;
  log: Logger;
}

// Events after which there may be something to do. The many others (text deltas) wake no loop.
const wakeEvents = new Set([
  "session.idle",
  "session.error",
  "session.status",
  "permission.asked",
  "permission.replied",
  "question.asked",
  "question.replied",
  "question.rejected",
]);

/** Wakes agents' loops when opencode reports that something happened in their sessions. */
export class WakeEvents {
  #options: WakeEventsOptions;

  constructor(options: WakeEventsOptions) {
    this.#options = options;
  }

  /** Begins to listen. */
  start(): void {
    const { events, activity, loops } = this.#options;
    const wakeAll = () => {
      activity.missed();
      void loops.wakeAll();
    };
    events.on("event", (event) => {
      // Nobody waits for a piece of a text, and a turn has thousands of them.
      if (event.type !== "message.part.delta") void this.#hear(event);
    });
    events.on("open", wakeAll);
    events.on("closed", wakeAll);
  }

  async #hear(event: OpencodeEvent): Promise<void> {
    try {
      await this.#wakeFor(event);
    } catch (error) {
      const { log, loops } = this.#options;
      log.warn({ err: error, type: event.type }, "an event of opencode could not be handled");
      // The agent is not known, so all of them reconcile.
      await loops.wakeAll();
    }
  }

  async #wakeFor(event: OpencodeEvent): Promise<void> {
    const { activity, agents, loops } = this.#options;
    if (!("properties" in event)) return;
    const { sessionID } = event.properties as { sessionID?: unknown };
    if (typeof sessionID !== "string") return;
    // Before the hint: whoever acts on it must know that there is something to read.
    if (isBeginning(event)) activity.began(sessionID);
    else if (event.type === "session.status") activity.rested(sessionID);
    if (event.type === "session.error" && isOfPicture(event)) activity.failed(sessionID);
    activity.notify(sessionID);
    if (!wakeEvents.has(event.type) || isBeginning(event)) return;
    // Before the loop is woken: it would close the card as answered, without saying how.
    await this.#closeCard(event);
    const agent = await agents.ofSession(sessionID);
    if (agent) loops.wake(agent.name);
  }

  /** A decision that was not passed on from here: only the event says which. */
  async #closeCard(event: OpencodeEvent): Promise<void> {
    if (event.type !== "permission.replied") return;
    const { requestID, reply } = event.properties;
    await this.#options.cards.closeUnanswered(requestID, reply);
  }
}

// A turn that begins changes nothing for its agent, and opencode has enough to do then.
function isBeginning(event: OpencodeEvent): boolean {
  return event.type === "session.status" && event.properties.status.type !== "idle";
}

// `ImageDecodeError`, `ImageSizeError` and so on, with where it happened: the only errors of files in opencode 1.18.
// Others are of a turn, or of an agent or a model that is gone, and say nothing of a prompt's files.
function isOfPicture({ properties }: Extract<OpencodeEvent, { type: "session.error" }>): boolean {
  const { error } = properties;
  if (error?.name !== "UnknownError") return false;
  return /^Image\w*Error\b/.test(error.data.message);
}
