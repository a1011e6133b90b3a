import type { StartedAgent } from "../agents/agents.ts";
import { crashPoint } from "../crash.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import type { Logger } from "../log.ts";
import type { SessionMessages } from "../opencode/messages.ts";
import type { SessionReader } from "../opencode/session-reader.ts";
import type { Prompt } from "../prompts/prompt.ts";
import type { Prompts } from "../prompts/prompts.ts";
import { type Look, runOf } from "../tmux/pane.ts";
import { cleanForPaste } from "../tmux/paste-text.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { findChanged, findPrompt } from "./find-prompt.ts";
import { isPasteable, readScreen, type Screen, showsCollapsed, showsSession } from "./tui.ts";
import { wholeLook } from "./whole-look.ts";

/** What the tmux path needs. */
export interface TmuxPathOptions {
  tmux: Pick<TmuxServer, "keys" | "leaveMode" | "look" | "paste">;
  terminals: Pick<AgentTerminals, "capture" | "ensure" | "restart">;
  messages: Pick<SessionMessages, "after" | "waitForAfter">;
  sessions: Pick<SessionReader, "leftovers" | "listRequests" | "readSession">;
  prompts: Pick<Prompts, "markSubmitted">;
  log: Logger;
  /** Milliseconds within which the box must show what a paste or a key did to it. */
  boxWithinMs?: number;
  /** Milliseconds after which a prompt that is no message yet is looked for in the box. */
  seenWithinMs?: number;
  /** Milliseconds until what the TUI took must be a message; a cold server takes seconds. */
  storedWithinMs?: number;
}

const usualBoxWithinMs = 2000;
const longestText = 100_000;

/** Whether a text survives the TUI as it is; the rest goes by the api path. */
export function isTypeable(text: string): boolean {
  const isShort = text.length <= longestText;
  // The TUI trims a long paste, and control characters are never pasted.
  return isShort && text === text.trim() && text === cleanForPaste(text) && isPasteable(text);
}

/** The pane to type into, if any, and why there is none. */
export interface Guarded {
  paneId: string | undefined;
  terminal: "works" | "asks" | "fails";
}

/** What delivery asks of the tmux path; tests may have another. */
export type TypingPath = Pick<TmuxPath, "guard" | "recover" | "type">;

/**
 * Delivers a prompt by typing it into the agent's TUI: guarded, because keys that reach a dialog
 * decide it; verified, because keys can be lost; and given up so that nothing of it is left behind.
 */
export class TmuxPath {
  #options: TmuxPathOptions;
  /** By agent the run of the TUI whose Enter submitted nothing: no other prompt is typed into it. */
  #deaf = new Map<string, string>();

  constructor(options: TmuxPathOptions) {
    this.#options = options;
  }

  /**
   * The pane a prompt may be typed into now; none when anything at all is not as it must be.
   * @throws TmuxError
   */
  async guard(agent: StartedAgent): Promise<Guarded> {
    // The TUI may show a dialog for any request that is listed, and keys would decide it.
    const [paneId, requests] = await Promise.all([
      this.#freePane(agent),
      this.#options.sessions.listRequests(agent),
    ]);
    if (requests.length > 0) return { paneId: undefined, terminal: "asks" };
    return { paneId, terminal: "works" };
  }

  /**
   * Types a prompt into a guarded pane and submits it. Resolves to the id of the message opencode
   * made of it, or to undefined when it did not arrive and cannot arrive any more.
   */
  async type(agent: StartedAgent, prompt: Prompt, paneId: string): Promise<string | undefined> {
    const { tmux, prompts } = this.#options;
    crashPoint("before paste");
    await tmux.paste(paneId, prompt.text);
    crashPoint("after paste");
    const [box, mayPressEnter] = await Promise.all([
      this.#filledBox(paneId),
      this.#mayPressEnter(agent),
    ]);
    if (!box || !mayPressEnter || !(await prompts.markSubmitted(prompt.id))) {
      return this.retract(agent, prompt);
    }
    // The TUI puts a space behind a long paste, which the prompt does not have.
    await tmux.keys(
      paneId,
      ...(showsCollapsed(box, prompt.text) ? (["BSpace", "Enter"] as const) : (["Enter"] as const)),
    );
    crashPoint("after Enter");
    const submitted = { ...prompt, isSubmitted: true };
    const messageId = await this.#seen(agent, submitted);
    if (messageId !== undefined) return messageId;
    if ((await this.#isHeld(agent, prompt)) && (await this.#mayPressEnter(agent))) {
      await tmux.keys(paneId, "Enter");
      // What the key did is drawn late; until then the box seems to hold the prompt.
      const late = await this.#seen(agent, submitted);
      if (late !== undefined) return late;
      await this.#rememberDeaf(agent, prompt);
    }
    return this.recover(agent, submitted);
  }

  /**
   * The message that a prompt became whose typing was cut short or had no visible effect; undefined
   * when it is none and cannot become one. The TUI empties its box before opencode has stored the
   * message, so that what it may have taken is waited for as long as a post would be.
   */
  async recover(agent: StartedAgent, prompt: Prompt): Promise<string | undefined> {
    const { storedWithinMs = 15_000 } = this.#options;
    if (prompt.isSubmitted && !(await this.#isHeld(agent, prompt))) {
      const messageId = await this.#seen(agent, prompt, storedWithinMs);
      if (messageId !== undefined) return messageId;
      const later = await this.#options.messages.after(agent.sessionId, prompt.afterMessageId);
      const changed = findChanged(later, prompt);
      if (changed) return changed.info.id;
    }
    return this.retract(agent, prompt);
  }

  /**
   * Makes sure that what was typed can no longer be submitted: the box is cleared and seen empty,
   * or the TUI is ended. Resolves to the message's id when it was submitted after all.
   */
  async retract(agent: StartedAgent, prompt: Prompt): Promise<string | undefined> {
    const { terminals, log } = this.#options;
    const isCleared = await this.#clearBox(agent, prompt);
    if (!isCleared) {
      log.warn({ agent: agent.name }, "the terminal does not let go of a prompt; restarting it");
      const isDeaf = this.#deaf.delete(agent.name);
      await terminals.restart(agent);
      // What started anew for this reason alone still reads the same `tui.json`.
      const look = isDeaf ? await terminals.capture(agent.name) : undefined;
      if (look) this.#deaf.set(agent.name, runOf(look));
    }
    return this.#seen(agent, prompt, prompt.isSubmitted ? undefined : 500);
  }

  /** The message that is this prompt, waited for. */
  async #seen(
    agent: StartedAgent,
    prompt: Prompt,
    timeoutMs?: number,
  ): Promise<string | undefined> {
    const { messages, seenWithinMs = 3000 } = this.#options;
    const found = await messages.waitForAfter(
      agent.sessionId,
      prompt.afterMessageId,
      (later) => findPrompt(later, prompt),
      timeoutMs ?? seenWithinMs,
    );
    return found?.info.id;
  }

  /** Whether the prompt is seen in the box of the TUI, so that it was not submitted yet. */
  async #isHeld(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const look = await this.#look(agent);
    if (!look || look.dead || look.inMode) return false;
    const screen = screenOf(look);
    return screen.ready && mayHold(screen.box, prompt);
  }

  /** Enter may have another meaning in the user's `tui.json`, until the TUI is started anew. */
  async #rememberDeaf(agent: StartedAgent, prompt: Prompt): Promise<void> {
    const { terminals, log } = this.#options;
    const look = await terminals.capture(agent.name);
    if (!look || !(await this.#isHeld(agent, prompt))) return;
    this.#deaf.set(agent.name, runOf(look));
    log.warn(
      { agent: agent.name },
      "Enter submits nothing in this terminal (input_submit in tui.json?); prompts are posted",
    );
  }

  #look(agent: StartedAgent): Promise<Look | undefined> {
    return wholeLook(() => this.#options.terminals.capture(agent.name));
  }

  async #freePane(agent: StartedAgent): Promise<string | undefined> {
    const { terminals } = this.#options;
    const look = await this.#look(agent);
    if (!look || look.dead) {
      await terminals.ensure(agent);
      return undefined;
    }
    if (this.#deaf.get(agent.name) === runOf(look)) return undefined;
    if (isFree(look, agent)) return look.id;
    // A TUI that lost its session shows opencode's home screen for good; a prompt typed there
    // would begin another session.
    if (isHome(look)) await terminals.restart(agent);
    return undefined;
  }

  async #filledBox(paneId: string): Promise<Screen["box"] | undefined> {
    const { tmux, boxWithinMs = usualBoxWithinMs } = this.#options;
    const deadline = performance.now() + boxWithinMs;
    while (performance.now() < deadline) {
      const look = await wholeLook(() => tmux.look(paneId));
      const screen = screenOf(look);
      if (look.dead || look.inMode || !screen.ready) return undefined;
      if (!screen.box.empty) return screen.box;
    }
    return undefined;
  }

  /** A dialog that was not there at the guard belongs to a turn that began since. */
  async #mayPressEnter(agent: StartedAgent): Promise<boolean> {
    return !(await this.#options.sessions.readSession(agent)).busy;
  }

  async #clearBox(agent: StartedAgent, prompt: Prompt): Promise<boolean> {
    const { tmux, terminals, boxWithinMs = usualBoxWithinMs } = this.#options;
    const deadline = performance.now() + boxWithinMs;
    let wasPressed = false;
    while (performance.now() < deadline) {
      const look = await terminals.capture(agent.name);
      // A TUI that has ended holds nothing back.
      if (!look || look.dead) return true;
      if (look.inMode) await tmux.leaveMode(look.id);
      const screen = screenOf(look);
      if (screen.ready && !mayHold(screen.box, prompt)) return true;
      // ctrl+c quits the TUI when its box is empty, so it is pressed only when text is seen in it, and
      // once: a TUI with a long session takes a while to draw what a key did.
      if (!screen.ready || wasPressed) continue;
      await tmux.keys(look.id, "C-c");
      wasPressed = true;
    }
    return false;
  }
}

/** Whether what a box shows may be this prompt; an operator's own words in it are left alone. */
function mayHold(box: Screen["box"], prompt: Prompt): boolean {
  if (box.empty) return false;
  if (showsCollapsed(box, prompt.text)) return true;
  const letters = (text: string) => text.replaceAll(/\s/g, "");
  return letters(prompt.text).startsWith(letters(box.text).slice(0, 40));
}

function screenOf(look: Look): Screen {
  return readScreen(look);
}

function isHome(look: Look): boolean {
  return !look.dead && !look.inMode && look.title === "OpenCode" && /Ask anything/.test(look.text);
}

function isFree(look: Look, agent: StartedAgent): boolean {
  if (look.dead || look.inMode) return false;
  const screen = screenOf(look);
  return screen.ready && screen.box.empty && showsSession(look.title, agent.title);
}
