import { parseMarkdown } from "../src/chat/markdown/parse.ts";
import { renderMarkdown, splitFormatted } from "../src/chat/markdown/render.ts";
import { type Figure, ratio } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";

/** What an agent may write about a change: 1 kB with everything that Markdown has. */
const sample = `## What changed

I fixed the **failing test** in \`src/parser/tokens.ts\`: it compared \`undefined\` with _nothing_. See
[the issue](https://example.com/issues/42) and README.md, or run \`npm test\` yourself.

1. The parser keeps the **offset** of each token.
   - [x] unit tests, 212 of them
   - [ ] the long ones
2. \`/etc/app.conf\` is read once, and ~~never again~~ after a signal.

> The old code read it with every request, which cost 3 ms each.

\`\`\`ts
export function offsetOf(token: Token): number {
  return token.start + (token.isQuoted ? 1 : 0);
}
\`\`\`

| suite | tests | time |
|:------|------:|-----:|
| unit  |   212 |  4 s |
| stack |    38 | 71 s |

| file | what it does now | what is left to do |
|------|------------------|--------------------|
| \`tokens.ts\` | keeps the offset of each token, also of those in quotes | nothing |
| [\`lines.ts\`](https://example.com/lines.ts) | counts lines from 1 | tabs |

The rest is as it was[^1]. Shall I **merge** it?

[^1]: Apart from three typing mistakes in comments.

`;

/** So much Markdown of an agent, in bytes. */
export const textOf = (bytes: number) =>
  sample
    .repeat(Math.ceil(bytes / sample.length))
    .slice(0, bytes)
    .toWellFormed();

/** Markdown to messages, next to its parser alone: a very long answer, and one of usual length. */
export async function renderingFigures(_: Scene, { quick }: Extent): Promise<Figure[]> {
  const pairs = quick ? 5 : 200;
  const long = await compared(textOf(100_000), { pairs, warmUp: quick ? 2 : 40 });
  const usual = await compared(textOf(4000), { pairs, warmUp: quick ? 2 : 200 });
  const floor = "markdown-it alone, with the same settings on the same text";
  const common = { name: "rendering", unit: "ms" as const };
  return [
    {
      ...common,
      what: "100 kB of Markdown → text and entities",
      measured: long.measured,
      floor: { ...long.floor, what: floor },
      compared: ratio(long.measured, long.floor),
      target: "p50 ≤ 1.5 × the parser",
      met: long.measured.p50 <= 1.5 * long.floor.p50,
    },
    {
      ...common,
      what: "4 kB of Markdown → messages",
      measured: usual.measured,
      floor: { ...usual.floor, what: floor },
      compared: ratio(usual.measured, usual.floor),
      target: "p50 ≤ 2 ms",
      met: usual.measured.p50 <= 2,
    },
  ];
}

function compared(text: string, extent: { pairs: number; warmUp: number }) {
  const isLong = text.length > 4096;
  const render = () => (isLong ? renderMarkdown(text) : splitFormatted(renderMarkdown(text)));
  return interleave({ subject: cost(render), floor: cost(() => parseMarkdown(text)) }, extent);
}

const cost = (run: () => unknown) => async () => {
  const start = performance.now();
  run();
  return performance.now() - start;
};
