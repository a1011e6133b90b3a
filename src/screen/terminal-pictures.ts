import { setTimeout as pause } from "node:timers/promises";
import type { AgentTerminals } from "../host/terminals.ts";
import type { StyledLook } from "../tmux/pane.ts";
import type { Captured } from "../picture/cells.ts";
import { PictureError, type PictureMaker } from "../picture/pictures.ts";

/** What taking pictures of terminals needs. */
export interface TerminalPicturesOptions {
  terminals: Pick<AgentTerminals, "captureStyled">;
  pictures: PictureMaker;
  /** Milliseconds a program is given to show what a key did. */
  afterMs?: number;
  /** Milliseconds between two captures; a terminal is still if they are equal. */
  apartMs?: number;
  /** Milliseconds after which a picture is taken even if the terminal is not still. */
  withinMs?: number;
}

/** A terminal and its picture. */
export interface Pictured {
  look: StyledLook;
  png: Uint8Array;
}

/** What takes pictures of terminals; tests may use another. */
export type Photographer = Pick<TerminalPictures, "still">;

/** The pictures of agents' terminals. */
export class TerminalPictures {
  #options: TerminalPicturesOptions;

  constructor(options: TerminalPicturesOptions) {
    this.#options = options;
  }

  /**
   * A picture of a terminal once nothing on it changes, or after a second; undefined without a terminal. Drawing
   * begins while that is waited for. @throws TmuxError, PictureError
   */
  async still(agent: string): Promise<Pictured | undefined> {
    const { terminals, afterMs = 15, apartMs = 50, withinMs = 1000 } = this.#options;
    const deadline = performance.now() + withinMs;
    await pause(afterMs);
    let look = await terminals.captureStyled(agent);
    let drawn = look && this.#draw(look);
    while (look) {
      await pause(Math.max(0, Math.min(apartMs, deadline - performance.now())));
      const next = await terminals.captureStyled(agent);
      const isStill = next !== undefined && isSame(look, next);
      look = next;
      if (isStill || performance.now() >= deadline) break;
      if (look && drawn?.isDone) drawn = this.#draw(look);
    }
    if (!look) return undefined;
    // What was drawn meanwhile may be outdated.
    if (!drawn || !isSame(drawn.look, look)) drawn = this.#draw(look);
    return { look, png: await drawn.png() };
  }

  #draw(look: StyledLook): Drawing {
    // A failure counts only for the picture that is shown.
    const made = this.#options.pictures
      .draw(capturedFrom(look))
      .catch((error: unknown) => ({ error }));
    const one: Drawing = {
      look,
      isDone: false,
      async png() {
        const result = await made;
        if (!("error" in result)) return result;
        if (result.error instanceof PictureError) throw result.error;
        throw new PictureError("not drawn", { cause: result.error });
      },
    };
    void made.then(() => (one.isDone = true));
    return one;
  }
}

interface Drawing {
  look: StyledLook;
  isDone: boolean;
  /** @throws PictureError */
  png: () => Promise<Uint8Array>;
}

function capturedFrom({ text, width, height, cursorX, cursorY, hasCursor }: StyledLook): Captured {
  return { text, width, height, cursor: hasCursor ? { x: cursorX, y: cursorY } : undefined };
}

function isSame(one: StyledLook, other: StyledLook): boolean {
  const { text, width, height, cursorX, cursorY, hasCursor } = other;
  return (
    one.text === text &&
    one.width === width &&
    one.height === height &&
    one.cursorX === cursorX &&
    one.cursorY === cursorY &&
    one.hasCursor === hasCursor
  );
}
