/** One sample: its full name, with what a histogram puts behind it. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** What `GET /metrics` said, in Prometheus's text format. */
export class Scrape {
  readonly samples: Sample[];
  /** By name: the type and the help of each metric. */
  readonly metrics = new Map<string, { type: string; help: string }>();

  constructor(text: string) {
    for (const [, name = "", help = ""] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
      const type = new RegExp(`^# TYPE ${name} (\\w+)$`, "m").exec(text)?.[1] ?? "";
      this.metrics.set(name, { type, help });
    }
    this.samples = [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)].map(
      ([, name = "", labels = "", value]) => ({
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", of = ""]) => [key, of]),
        ),
        value: Number(value),
      }),
    );
  }

  /** The sum of the samples of a name that have these labels; undefined when there are none. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(
      (one) =>
        one.name === name && Object.entries(labels).every(([key, of]) => one.labels[key] === of),
    );
    if (found.length === 0) return undefined;
    return found.reduce((sum, one) => sum + one.value, 0);
  }

  /** The labels that the samples of a metric have, a histogram's own `le` left out. */
  labelsOf(metric: string): Set<string> {
    const own = this.samples.filter(({ name }) => metricOf(name, this.metrics) === metric);
    return new Set(own.flatMap(({ labels }) => Object.keys(labels)).filter((key) => key !== "le"));
  }
}

/** The metric that a sample's name belongs to. */
export function metricOf(name: string, metrics: { has: (name: string) => boolean }): string {
  return metrics.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
}
