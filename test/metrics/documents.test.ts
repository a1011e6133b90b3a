import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type Test } from "tap";
import { startApp } from "../support/app.ts";
import { scraped } from "../support/metrics.ts";
import { metricOf, type Scrape } from "../support/scrape.ts";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "metrics.md"), "utf8");
const rowPattern = /^\| `([a-z_]+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/gm;
// What PromQL itself has of these; the rest is a name or a label.
const named = /\b(?:switchboard|process|nodejs)_[a-z_]+/g;

/** All there is: each metric has at least one sample. */
async function whole(t: Test): Promise<Scrape> {
  const { app } = await startApp(t, { METRICS: "on" });
  app.telegramCalls.emit("ended", { method: "sendMessage", outcome: "ok", ms: 1 });
  await app.inject({ url: "/healthz" });
  return scraped(app);
}

/** The metrics that a query names. */
function metricsIn(query: string, scrape: Scrape): string[] {
  return [...query.matchAll(named)].map(([name]) => metricOf(name, scrape.metrics));
}

test("docs/metrics.md has every metric with its type, labels and meaning, and no other", async (t) => {
  const scrape = await whole(t);
  const documented = [...page.matchAll(rowPattern)].map(([, name, type, labels = "", help]) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label).toSorted(),
    help,
  }));
  const exported = [...scrape.metrics].map(([name, { type, help }]) => ({
    name,
    type,
    labels: [...scrape.labelsOf(name)].toSorted(),
    help,
  }));
  t.same(documented, exported);
  t.ok(exported.length > 25);
});

test("docs/metrics.md explains every value of a label that is a word of ours", async (t) => {
  const { samples } = await whole(t);
  const words = samples.flatMap(({ labels }) =>
    Object.entries(labels).flatMap(([label, value]) => (label === "le" ? [] : value)),
  );
  const own = new Set(words.filter((word) => /^[a-z_]+$/.test(word)));
  t.ok(own.size > 30);
  for (const word of own) t.ok(page.includes(`\`${word}\``), word);
});

test("the alarms of docs/metrics.md and the dashboard ask for metrics and labels that exist", async (t) => {
  const scrape = await whole(t);
  const alarms = [...page.matchAll(/^\| [^|`]+\| `([^`]+)` +\| \d+[sm]/gm)].map(
    ([, query = ""]) => query,
  );
  t.ok(alarms.length > 15);
  const dashboard = JSON.parse(readFileSync(join(root, "deploy", "grafana.json"), "utf8")) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const shown = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  t.ok(shown.length > 30);
  for (const query of [...alarms, ...shown]) {
    // Prometheus makes this one itself, of every target.
    const metrics = metricsIn(query.replaceAll(/\bup\{/g, "{"), scrape);
    t.ok(metrics.length > 0 || query.startsWith("up{"), query);
    for (const metric of metrics) t.ok(scrape.metrics.has(metric), `${metric} of ${query}`);
    for (const [, name = "", labels = ""] of query.matchAll(/\b(\w+)\{([^}]*)\}/g)) {
      const known = scrape.labelsOf(metricOf(name, scrape.metrics)).add("job");
      for (const [, label = "", , value = ""] of labels.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)) {
        t.ok(known.has(label), `${label} of ${query}`);
        if (label === "job") continue;
        t.ok(page.includes(`\`${value}\``), `${value} of ${query}`);
      }
    }
    for (const [, by = ""] of query.matchAll(/\bby \(([^)]*)\)/g)) {
      const known = metrics.flatMap((metric) => [...scrape.labelsOf(metric), "le"]);
      for (const label of by.split(", ")) t.ok(known.includes(label), `${label} of ${query}`);
    }
  }
  const everywhere = new Set(shown.flatMap((query) => metricsIn(query, scrape)));
  t.same(
    [...scrape.metrics.keys()].filter((name) => !everywhere.has(name)),
    [],
    "each is shown",
  );
});
