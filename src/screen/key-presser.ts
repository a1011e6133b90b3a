import { setTimeout as pause } from "node:timers/promises";
import type { StartedAgent } from "../agents/agents.ts";
import { showsSession } from "../delivery/tui.ts";
import type { AgentTerminals } from "../host/terminals.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../opencode/errors.ts";
import type { Decision, SessionReader } from "../opencode/session-reader.ts";
import { texts } from "../texts/texts.ts";
import type { Key } from "../tmux/key.ts";
import { runOf, type StyledLook } from "../tmux/pane.ts";
import { TmuxError } from "../tmux/tmux-error.ts";
import type { TmuxServer } from "../tmux/tmux.ts";
import { isArrow } from "./key-names.ts";
import { hasDecision, type Risk, riskOf } from "./key-risk.ts";

/** What pressing keys needs. */
export interface KeyPresserOptions {
  tmux: Pick<TmuxServer, "press" | "leaveMode" | "paste">;
  terminals: Pick<AgentTerminals, "captureStyled">;
  sessions: Pick<SessionReader, "listRequests">;
  /** Milliseconds between Esc and the next key, which a program would otherwise take for one sequence. */
  escapeMs?: number;
  /** Milliseconds that opencode has to say which decisions are open; the operator is answered within a second. */
  knownWithinMs?: number;
  /** Milliseconds for which a screen may not show yet what a key did. */
  drawnWithinMs?: number;
}

/** A key that an operator wants pressed. */
export interface WantedKey {
  agent: StartedAgent;
  key: Key;
  /** The run of the terminal whose picture the operator saw; any when undefined. */
  run?: string | undefined;
  /** What the operator was asked and agreed to; see `Risk`. */
  agreed?: string | undefined;
}

/** What became of a key or a text. */
export type PressOutcome =
  | { kind: "done"; run: string }
  | { kind: "refused"; text: string }
  | ({ kind: "asks"; run: string } & Risk);

/** What presses keys; tests may use another. */
export type Presser = Pick<KeyPresser, "press" | "type">;

/**
 * Presses keys in agents' terminals for operators. Just before, opencode and the screen are read to know what a key
 * would do, and tmux itself refuses it if another program runs by then.
 */
export class KeyPresser {
  #options: KeyPresserOptions;
  /** When a key that may empty the box was last pressed, by the agent's id; as `performance.now` has it. */
  #pressedAt = new Map<string, number>();

  constructor(options: KeyPresserOptions) {
    this.#options = options;
  }

  /**
   * Presses a key, unless it would decide or end something that the operator has not agreed to. @throws TmuxError
   * when tmux does not say whether it did.
   */
  async press({ agent, key, run, agreed }: WantedKey): Promise<PressOutcome> {
    const { tmux, escapeMs = 100 } = this.#options;
    // An arrow decides nothing, and is pressed whatever opencode does.
    const { look, decisions } = await this.#read(agent, !isArrow(key));
    const fault = faultOf(agent.name, look, run);
    if (fault !== undefined || !look) return refused(fault ?? "");
    const now = runOf(look);
    if (look.inMode) {
      if (key !== "Escape") return refused(texts.screen.inCopyMode({ agent: agent.name }));
      await tmux.leaveMode(look.id);
      return { kind: "done", run: now };
    }
    const isElsewhere = showsAnother(look, agent);
    const isOld = this.#mayBeOld(agent);
    const risk = riskOf(key, { agent: agent.name, look, decisions, isElsewhere, isOld });
    if (risk && risk.agreed !== agreed) return { kind: "asks", run: now, ...risk };
    // The key would do something other than what they agreed to.
    if (!risk && agreed !== undefined) return refused(texts.screen.over({ agent: agent.name }));
    return this.#ended(agent, now, async () => {
      // These two move the cursor and empty no box.
      if (key !== "Left" && key !== "Right") this.#pressedAt.set(agent.id, performance.now());
      await tmux.press(look, key);
      if (key === "Escape") await pause(escapeMs);
    });
  }

  /** Pastes a text without Enter; never while a decision is open, or may be. @throws as `press` does */
  async type(agent: StartedAgent, text: string): Promise<PressOutcome> {
    const { look, decisions } = await this.#read(agent);
    const { name } = agent;
    const fault = faultOf(name, look, undefined);
    if (fault !== undefined || !look) return refused(fault ?? "");
    if (look.inMode) return refused(texts.screen.inCopyMode({ agent: name }));
    if (decisions === undefined) return refused(texts.screen.notTypedUnknown({ agent: name }));
    if (hasDecision({ look, decisions })) return refused(texts.screen.notTyped({ agent: name }));
    if (showsAnother(look, agent)) return refused(texts.screen.notTypedElsewhere({ agent: name }));
    return this.#ended(agent, runOf(look), () => this.#options.tmux.paste(look.id, text));
  }

  /** Whether the screen may not show yet what the last key did, such as that its box is empty now. */
  #mayBeOld({ id }: Pick<StartedAgent, "id">): boolean {
    const { drawnWithinMs = 2000 } = this.#options;
    const at = this.#pressedAt.get(id);
    return at !== undefined && performance.now() - at < drawnWithinMs;
  }

  async #read(
    agent: StartedAgent,
    asks = true,
  ): Promise<{ look: StyledLook | undefined; decisions: Decision[] | undefined }> {
    const { terminals, sessions, knownWithinMs = 800 } = this.#options;
    const over = new AbortController();
    const late = pause(knownWithinMs, undefined, { signal: over.signal }).catch(() => undefined);
    const listed = asks ? sessions.listRequests(agent).catch(unknown) : undefined;
    try {
      const [look, decisions] = await Promise.all([
        terminals.captureStyled(agent.name),
        Promise.race([listed, late]),
      ]);
      return { look, decisions };
    } finally {
      over.abort();
    }
  }

  async #ended(
    { name: agent }: StartedAgent,
    run: string,
    work: () => Promise<void>,
  ): Promise<PressOutcome> {
    try {
      await work();
      return { kind: "done", run };
    } catch (error) {
      const reason = error instanceof TmuxError ? error.reason : undefined;
      if (reason === "in-mode") return refused(texts.screen.inCopyMode({ agent }));
      if (reason === "gone") return refused(texts.screen.ended({ agent }));
      throw error;
    }
  }
}

/** Whether a terminal shows another session; only a title that Switchboard made tells them apart for sure. */
function showsAnother({ title }: StyledLook, agent: StartedAgent): boolean {
  return agent.hasOwnTitle && title.startsWith("OC | ") && !showsSession(title, agent.title);
}

function faultOf(
  agent: string,
  look: StyledLook | undefined,
  run: string | undefined,
): string | undefined {
  if (!look) return texts.screen.noTerminal({ agent });
  if (run !== undefined && run !== runOf(look)) return texts.screen.otherRun({ agent });
  return look.dead ? texts.screen.ended({ agent }) : undefined;
}

function refused(text: string): PressOutcome {
  return { kind: "refused", text };
}

function unknown(error: unknown): undefined {
  if (error instanceof OpencodeUnreachable || error instanceof OpencodeRefused) return undefined;
  throw error;
}
