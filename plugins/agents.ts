import fp from "fastify-plugin";
import { Activity } from "../src/opencode/activity.ts";
import { AgentPass } from "../src/runner/reconciler.ts";
import { Agents, defaultAgent } from "../src/agents/agents.ts";
import { ApiPath } from "../src/delivery/api-path.ts";
import { Conversations } from "../src/agents/conversations.ts";
import { Delivery } from "../src/delivery/delivery.ts";
import { Lanes } from "../src/runner/agent-loops.ts";
import { AgentLife } from "../src/runner/lifecycle.ts";
import { OpencodeServer } from "../src/host/opencode-server.ts";
import { Outage } from "../src/runner/outage.ts";
import { Prompts } from "../src/prompts/prompts.ts";
import { Replies } from "../src/replies/replies.ts";
import { listedRequests, readState } from "../src/opencode/session-reader.ts";
import { type StartedAgent, Terminals } from "../src/host/terminals.ts";
import { TmuxPath } from "../src/delivery/tmux-path.ts";
import { home, installAgentSide, passwordEnv } from "../src/host/agent-side.ts";
import { makeWorkspace } from "../src/host/workspace.ts";
import { isLoopbackUrl } from "../src/config.ts";
import { EventStream } from "../src/opencode/events.ts";
import type { BotParts } from "../src/bot/context.ts";
import { Cards } from "../src/cards/cards.ts";
import { Confirmations } from "../src/bot/confirmations.ts";
import { TurnEnds } from "../src/turns/turn-ends.ts";

declare module "fastify" {
  interface FastifyInstance {
    parts: BotParts;
    replies: Replies;
    events: EventStream;
  }
}

/** The agents: their prompts, lanes, terminals and turns, followed once the server listens. */
export default fp(
  async (app) => {
    const { config, store, opencode: client, sessionTree: tree, tmux, outbox } = app;
    const log = app.log.child({ module: "agents" });
    makeWorkspace(config.workspaceDir, home);
    const owed = () => app.sender.wake();
    const state = (agent: StartedAgent) => readState(client, tree, agent);
    const hasDialog = async (agent: StartedAgent) =>
      (await listedRequests(client, tree, agent)).length > 0;

    const agents = new Agents(store);
    const prompts = new Prompts(store);
    const activity = new Activity();
    const conversations = new Conversations(store, config.telegram.allowedChats);
    const cards = new Cards(store, conversations);
    const terminals = new Terminals({
      tmux,
      opencodeBin: config.opencode.bin,
      opencodeUrl: config.opencode.url,
      env: passwordEnv(config),
    });
    const server = new OpencodeServer({
      tmux,
      bin: config.opencode.bin,
      url: config.opencode.url,
      cwd: config.workspaceDir,
      env: installAgentSide(config),
      isLocal: isLoopbackUrl(config.opencode.url),
      log,
    });
    const tmuxPath = new TmuxPath({
      tmux,
      terminals,
      client,
      activity,
      state,
      hasDialog,
      submitting: (prompt) => prompts.submitting(prompt.id),
      log,
    });
    const { model, variant } = config.opencode;
    const apiPath = new ApiPath({ client, activity, model, variant });
    const delivery = new Delivery({
      prompts,
      client,
      tmuxPath,
      apiPath,
      first: config.delivery,
      log,
    });
    const turnEnds = new TurnEnds({
      store,
      client,
      activity,
      apiPath,
      state,
      mode: config.replyMode,
      log,
    });
    const outage = new Outage(store);
    const agentPass = new AgentPass({
      agents,
      prompts,
      cards,
      delivery,
      turnEnds,
      outage,
      terminals,
      client,
      state,
      owed,
      model,
      variant,
      log,
    });
    const lanes = new Lanes({
      agents,
      agentPass,
      activity,
      cards,
      tree,
      server,
      outage,
      owed,
      log,
    });
    const events = new EventStream({
      client,
      event: (event) => {
        lanes.hear(event).catch((error: unknown) => {
          log.warn({ err: error, type: event.type }, "an event of opencode was not understood");
          // Whose it was is not known, so everybody looks.
          void lanes.wakeAll();
        });
      },
      open: () => void lanes.wakeAll(),
      closed: () => void lanes.wakeAll(),
      log,
    });
    const life = new AgentLife({
      agents,
      terminals,
      client,
      events,
      lanes,
      state,
      directory: config.workspaceDir,
      yolo: config.opencode.yolo,
      log,
    });

    const confirmations = new Confirmations(store);
    app.decorate("parts", {
      agents,
      conversations,
      prompts,
      outbox,
      cards,
      confirmations,
      life,
      lanes,
    });
    app.decorate("replies", new Replies({ store, agents, conversations, tree, owed }));
    app.decorate("events", events);
    app.addHook("onListen", async () => {
      events.start();
      if (!(await agents.get(defaultAgent))) await life.start(defaultAgent);
      await lanes.wakeAll();
    });
  },
  { name: "agents", dependencies: ["store", "tmux", "opencode", "outbox"] },
);
