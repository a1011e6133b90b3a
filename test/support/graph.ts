import Fastify from "fastify";
import fp from "fastify-plugin";
import type { Test } from "tap";
import access from "../../plugins/access.ts";
import agents from "../../plugins/agents.ts";
import bot from "../../plugins/bot.ts";
import buttons from "../../plugins/buttons.ts";
import cards from "../../plugins/cards.ts";
import chatSettings from "../../plugins/chat-settings.ts";
import delivery from "../../plugins/delivery.ts";
import inbox from "../../plugins/inbox.ts";
import outbox from "../../plugins/outbox.ts";
import prompts from "../../plugins/prompts.ts";
import replies from "../../plugins/replies.ts";
import runner from "../../plugins/runner.ts";
import transcripts from "../../plugins/transcripts.ts";
import screen from "../../plugins/screen.ts";
import turns from "../../plugins/turns.ts";
import uploads from "../../plugins/uploads.ts";
import voice from "../../plugins/voice.ts";
import type { TypingPath } from "../../src/delivery/tmux-path.ts";
import type { AgentTerminals } from "../../src/host/terminals.ts";
import { Catalog } from "../../src/opencode/catalog.ts";
import { Activity } from "../../src/opencode/activity.ts";
import { SessionTree } from "../../src/opencode/session-tree.ts";
import { Pruner } from "../../src/store/prune.ts";
import { Settings } from "../../src/store/settings.ts";
import type { Store } from "../../src/store/store.ts";
import type { TelegramCall } from "../../src/telegram/call.ts";
import { DownloadError } from "../../src/telegram/download-error.ts";
import type { DownloadFile } from "../../src/telegram/files.ts";
import { Pauses } from "../../src/telegram/pauses.ts";
import type { Pane, StyledLook } from "../../src/tmux/pane.ts";
import { Registration } from "../../src/telegram/registration.ts";
import { createApi } from "../../src/telegram/api.ts";
import { keptLog, testConfig } from "./app.ts";
import { FakeControls } from "./fake-controls.ts";
import { FakeProjects } from "./fake-projects.ts";
import { FakeEvents, knownSessions, FakeOpencode, FakeSessions } from "./fake-opencode.ts";
import { fakeTmux } from "./fake-tmux.ts";
import { memoryStore } from "./memory.ts";

/** What differs from the app's own wiring. */
export interface GraphOptions {
  /** Environment variables. */
  env?: Record<string, string>;
  tmuxPath?: TypingPath;
  /** Where opencode and the terminals note what they were asked to do. */
  did?: string[];
  /** What Telegram makes of a call; it takes every one unless told. */
  call?: TelegramCall;
  /** How files are loaded; none can be unless told. */
  download?: DownloadFile;
  /** Milliseconds; see `LiveMessagesOptions`. */
  showAfterMs?: number;
  /** The store of an app before this one, as after a restart; the test closes it. */
  store?: Store;
}

/**
 * The app as its own plugins wire it, on a store in memory; only opencode, the terminals and
 * Telegram are replaced, by ones that do as told. It does not listen, so no worker runs.
 */
export async function graph(
  t: Test,
  { env = {}, tmuxPath, did, call, download, showAfterMs = 0, store: former }: GraphOptions = {},
) {
  const { kept, log } = keptLog();
  const config = testConfig(t, { TELEGRAM_ALLOWED_CHAT_ID: "1000", ...env });
  const store = former ?? (await memoryStore(t));
  const opencode = new FakeOpencode(did);
  const controls = new FakeControls(opencode.did);
  const sessions = new FakeSessions();
  const events = new FakeEvents(opencode);
  const terminals = new FakeTerminals(opencode.did);

  const app = Fastify({ loggerInstance: log });
  app.decorate("config", config);
  await app.register(
    replacing("store", () => {
      app.decorate("store", store);
      app.decorate("settings", new Settings(store));
      app.decorate("pruner", new Pruner({ store, keepDays: config.keepDays, log }));
    }),
  );
  await app.register(
    replacing("telegram", () => {
      const pauses = new Pauses(app.settings);
      app.decorate("pauses", pauses);
      app.decorate("telegramCall", call ?? (async () => ({ kind: "ok" as const, messageId: 1 })));
      app.decorate("downloadFile", download ?? noFiles);
      const api = createApi(config.telegram, pauses);
      const about = { webhookUrl: config.telegram.publicUrl, secret: "secret", log };
      app.decorate("registration", new Registration({ api, settings: app.settings, ...about }));
    }),
  );
  await app.register(
    replacing("opencode", () => {
      app.decorate("opencode", opencode);
      app.decorate("opencodeControls", controls);
      app.decorate("sessionTree", new SessionTree(opencode));
      app.decorate("sessionReader", sessions);
      app.decorate("knownSessions", knownSessions(opencode));
      app.decorate("activity", new Activity({ acceptLatencyMs: 1 }));
      app.decorate("events", events);
      app.decorate("catalog", new Catalog({ client: opencode, events }));
    }),
  );
  await app.register(
    replacing("host", () => {
      app.decorate("terminals", terminals);
      app.decorate("opencodeServer", { ensure: async () => undefined });
      app.decorate("serverCheck", { warning: async () => undefined });
    }),
  );
  await app.register(replacing("projects", () => app.decorate("projects", new FakeProjects())));
  for (const plugin of [access, chatSettings, inbox, outbox, agents, prompts])
    await app.register(plugin);
  await app.register(uploads);
  await app.register(replacing("tmux", () => app.decorate("tmux", fakeTmux(opencode.did).tmux)));
  await app.register(delivery, { storedWithinMs: 30, ...(tmuxPath && { tmuxPath }) });
  await app.register(turns, { startWithinMs: 10, showAfterMs });
  for (const plugin of [buttons, cards, replies, runner, voice, transcripts])
    await app.register(plugin);
  await app.register(screen, { pictures: { draw: async () => onePixel }, afterMs: 0, apartMs: 0 });
  await app.register(bot);
  await app.ready();
  t.teardown(() => app.close());
  return { app, store, opencode, controls, sessions, events, terminals, log: kept };
}

const noFiles: DownloadFile = async () => {
  throw new DownloadError("refused", "no files here");
};

/** Terminals that note what they are asked and show what a test says. */
export class FakeTerminals implements AgentTerminals {
  text: string | undefined;
  /** What else is known of the pane. */
  pane: Pane = {
    id: "%1",
    session: "",
    dead: false,
    deadStatus: undefined,
    inMode: false,
    pid: 1,
    since: 5,
    title: "",
    width: 80,
    height: 24,
    cursorX: 0,
    cursorY: 0,
  };
  #did: string[];

  constructor(did: string[]) {
    this.#did = did;
  }

  ensure: AgentTerminals["ensure"] = async () => undefined;
  restart: AgentTerminals["restart"] = async () => void this.#did.push("restarted");
  capture: AgentTerminals["capture"] = async () => undefined;
  captureStyled: AgentTerminals["captureStyled"] = async (name) => this.#look(name);
  captureBack: AgentTerminals["captureBack"] = async (name) => this.#look(name);
  screen: AgentTerminals["screen"] = async () => this.text;
  rename: AgentTerminals["rename"] = async () => undefined;
  close: AgentTerminals["close"] = async () => undefined;

  #look(session: string): StyledLook | undefined {
    if (this.text === undefined) return undefined;
    return { ...this.pane, session, text: `${this.text}\n`, hasCursor: true };
  }
}

/** A picture of one pixel. */
export const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

function replacing(name: string, decorate: () => void) {
  return fp(async () => decorate(), { name });
}
