import fp from "fastify-plugin";
import { KeyPresser, type Presser } from "../src/screen/key-presser.ts";
import { LiveScreens } from "../src/screen/live-screens.ts";
import { type PictureMaker, Pictures } from "../src/picture/pictures.ts";
import { type Photographer, TerminalPictures } from "../src/screen/terminal-pictures.ts";

declare module "fastify" {
  interface FastifyInstance {
    terminalPictures: Photographer;
    keyPresser: Presser;
    liveScreens: LiveScreens;
  }
}

/** What a test may do otherwise. */
export interface ScreenPluginOptions {
  pictures?: PictureMaker;
  /** See `TerminalPicturesOptions`. */
  afterMs?: number;
  apartMs?: number;
}

/** Agents' terminals as pictures, and the keys that are pressed in them. */
export default fp<ScreenPluginOptions>(
  async (app, { pictures: other, ...waits }) => {
    const { tmux, terminals, sessionReader: sessions, store, liveCalls: calls } = app;
    const log = app.log.child({ module: "screen" });
    const own = new Pictures();
    const pictures = other ?? own;
    const terminalPictures = new TerminalPictures({ terminals, pictures, ...waits });
    const shown = { terminalPictures, store, calls, files: app.keptFiles, log };
    app.decorate("terminalPictures", terminalPictures);
    app.decorate("keyPresser", new KeyPresser({ tmux, terminals, sessions }));
    app.decorate("liveScreens", new LiveScreens(shown));
    app.addHook("onClose", () => own.stop());
  },
  { name: "screen", dependencies: ["tmux", "host", "store", "opencode", "outbox"] },
);
