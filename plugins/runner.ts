import fp from "fastify-plugin";
import { defaultAgent } from "../src/agents/agents.ts";
import { AgentLoops } from "../src/runner/agent-loops.ts";
import { AgentStatus } from "../src/runner/agent-status.ts";
import { Lifecycle } from "../src/runner/lifecycle.ts";
import { ModelCheck } from "../src/runner/model-check.ts";
import { Outage } from "../src/runner/outage.ts";
import { Reconciler } from "../src/runner/reconciler.ts";
import { Sessions } from "../src/runner/sessions.ts";
import { TerminalOutage } from "../src/runner/terminal-outage.ts";
import { WakeEvents } from "../src/runner/wake-events.ts";
import { WakeSignals } from "../src/runner/wake-signals.ts";

declare module "fastify" {
  interface FastifyInstance {
    reconciler: Reconciler;
    agentLoops: AgentLoops;
    lifecycle: Lifecycle;
    agentStatus: AgentStatus;
  }
}

/** The loop of each agent, woken by the store and by opencode once the server listens. */
export default fp(
  async (app) => {
    const { store, agents, prompts, cards, decisions, delivery, turnEnds, terminals } = app;
    const { opencode: client, catalog, sessionReader: reader, events, activity } = app;
    const { workspaceDir: directory, opencode } = app.config;
    const { model, variant, yolo } = opencode;
    const log = app.log.child({ module: "runner" });
    const newSession = { model, variant };
    const sessions = new Sessions({ store, agents, client, terminals, newSession, log });
    const turns = { decisions, turnEnds, delivery, shellLimitMs: app.config.shell.limitMs };
    const reconciler = new Reconciler({ prompts, reader, sessions, ...turns });
    const { opencodeServer: server, opencodeComing: coming, promptModes: modes } = app;
    const outages = { outage: new Outage(store), terminalOutage: new TerminalOutage(store) };
    const loops = new AgentLoops({ agents, reconciler, ...outages, server, coming, log });
    const lifecycle = new Lifecycle({ store, agents, sessions, directory, yolo, log });

    app.decorate("reconciler", reconciler);
    app.decorate("agentLoops", loops);
    app.decorate("lifecycle", lifecycle);
    const models = { catalog, events, store, destinations: app.destinations, directory, log };
    const modelCheck = new ModelCheck({ ...models, choice: newSession });
    const status = new AgentStatus({ agents, reader, modes, modelCheck, events, log });
    app.decorate("agentStatus", status);
    app.addHook("onListen", async () => {
      lifecycle.listen();
      new WakeSignals({ store, prompts, cards, loops, log }).start();
      new WakeEvents({ events, activity, agents, cards, loops, log }).start();
      modelCheck.start();
      events.start();
      if (!(await agents.get(defaultAgent))) {
        await store.write((transaction) => lifecycle.start(transaction, defaultAgent));
      }
      await loops.wakeAll();
    });
  },
  { name: "runner", dependencies: ["agents", "host", "delivery", "cards", "turns"] },
);
