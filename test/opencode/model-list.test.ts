import { test } from "tap";
import {
  byProvider,
  choosableAgents,
  listModels,
  searchModels,
} from "../../src/opencode/model-list.ts";
import { promptModel, sessionModel } from "../../src/opencode/models.ts";

const models = listModels([
  {
    id: "acme",
    name: "Acme Labs",
    models: {
      "big/one": {
        name: "Big One",
        variants: { high: {}, low: {} },
        limit: { context: 200, output: 1 },
      },
      small: { name: "Small", limit: { context: 0, output: 0 } },
    },
  },
  { id: "other", name: "Other", models: { big: { name: "Big Too" } } },
]);
const names = (listed: typeof models) => listed.map(({ model }) => model);

test("models are listed with their variants and limits, and by provider", async (t) => {
  t.same(models[0], {
    model: "acme/big/one",
    name: "Big One",
    provider: { id: "acme", name: "Acme Labs" },
    variants: ["high", "low"],
    contextLimit: 200,
  });
  t.same([models[1]?.variants, models[1]?.contextLimit], [[], undefined]);
  t.same(
    byProvider(models).map((group) => [group.provider.name, names(group.models)]),
    [
      ["Acme Labs", ["acme/big/one", "acme/small"]],
      ["Other", ["other/big"]],
    ],
  );
});

test("a search finds what has every word in its id, name or provider", async (t) => {
  t.same(names(searchModels(models, "BIG")), ["acme/big/one", "other/big"]);
  t.same(names(searchModels(models, "labs  one")), ["acme/big/one"]);
  t.same(names(searchModels(models, "none")), []);
  t.same(searchModels(models, " "), models);
});

test("agents that only agents call, or opencode itself, may not be chosen", async (t) => {
  const agents = [
    { name: "build", mode: "primary" as const },
    { name: "explore", mode: "subagent" as const },
    { name: "title", mode: "primary" as const, hidden: true },
    { name: "own", mode: "all" as const },
  ];
  t.same(
    choosableAgents(agents).map(({ name }) => name),
    ["build", "own"],
  );
});

test("a model is named in two ways", async (t) => {
  t.same(sessionModel("p/a/b"), { providerID: "p", id: "a/b" });
  t.same(promptModel("p/a/b"), { providerID: "p", modelID: "a/b" });
});
