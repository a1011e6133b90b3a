import { test } from "tap";
import { notRunning, similarNames } from "../../src/bot/agent-argument.ts";

const running = ["website", "web-api", "docs", "default_agent"];

test("names like a wrong one are suggested, the nearest first", async (t) => {
  t.same(similarNames("websit", running), ["website"]);
  t.same(similarNames("WEBSITE", running), ["website"]);
  t.same(similarNames("wbsite", running), ["website"]);
  t.same(similarNames("doc", running), ["docs"]);
  t.same(similarNames("web", running), ["website", "web-api"]);
  t.same(similarNames("zebra", running), []);
  t.same(similarNames("", running), []);
  t.same(similarNames("x".repeat(4000), running), []);
});

test("an agent that does not run is answered with a button for each name like it", async (t) => {
  const agents = running.map((name) => ({ id: `id of ${name}`, name }));
  t.same(notRunning("websit", "switch", agents), {
    text: "No agent “websit” is running. Did you mean website?",
    buttons: [[{ label: "website", command: "switch", argument: "{agent}", of: "id of website" }]],
  });
  const far = notRunning("x".repeat(4000), "switch", agents);
  t.match(far, { text: /^No agent “x{39}…” is running\. \/list shows those that are\.$/ });
  t.same(far.buttons, [[{ label: "Agents", command: "list" }]]);
});
