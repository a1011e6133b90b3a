import * as fc from "fast-check";

/** A document of Markdown, and what has to be left of it. */
export interface Written {
  markdown: string;
  /** In their order. */
  words: string[];
  /** The contents of its blocks of code, and of its code in lines. */
  codes: string[];
}

/** What stands next to each other, in words of its own for each document. */
type Made = fc.Arbitrary<Written>;

const marks = [
  "*",
  "_",
  "**",
  "`",
  "~~",
  "[",
  "]",
  "(",
  ")",
  "#",
  "> ",
  "- ",
  "1. ",
  "|",
  "!",
  "<",
  ">",
  "&",
  "\\",
];
const plainWord = fc.stringMatching(/^[a-zA-Zäß日本🙂]{1,9}$/u);
const tappableWord = fc.constantFrom(
  "file.py",
  "@types/node",
  "/etc",
  "#1",
  "$HOME",
  "README.md",
  "git@github.com:a/b.git",
  "http://localhost:3000/x",
  "src/main.rs:12",
);
const word = fc.oneof({ weight: 9, arbitrary: plainWord }, { weight: 1, arbitrary: tappableWord });
const code = fc.stringMatching(/^[a-z(){}=;.#@$/*_ [\]|<>&\\-]{0,20}x[a-z(){}=;*_]{0,8}$/);

function made(markdown: string, ...parts: (Written | string)[]): Written {
  const written = parts.map((part) =>
    typeof part === "string" ? { markdown: "", words: wordsOf(part), codes: [] } : part,
  );
  return {
    markdown,
    words: written.flatMap(({ words }) => words),
    codes: written.flatMap(({ codes }) => codes),
  };
}

/** The words of a text: letters and digits in a row. */
export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether all of these are in the text, in this order. */
export function areInOrder(needles: readonly string[], text: string): boolean {
  let at = 0;
  for (const needle of needles) {
    const found = text.indexOf(needle, at);
    if (found < 0) return false;
    at = found + needle.length;
  }
  return true;
}

const inCode: Made = code.map((text) => ({
  markdown: `\`\` ${text} \`\``,
  words: wordsOf(text),
  codes: [text],
}));
const wrapped: Made = fc
  .tuple(fc.constantFrom("**", "_", "~~", "***"), fc.array(word, { minLength: 1, maxLength: 4 }))
  .map(([mark, words]) => made(`${mark}${words.join(" ")}${mark}`, words.join(" ")));
const linked: Made = fc
  .tuple(
    fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
    fc.constantFrom(
      "https://example.com/a_b",
      "./src/x.ts",
      "#top",
      "javascript:alert(1)",
      "http://h:1",
    ),
    fc.constantFrom("", "!"),
  )
  // A word that is an address itself would be a link in the link.
  .map(([text, target, image]) =>
    made(
      `${image}[${text.replaceAll(/https?:\S+/g, "there")}](${target})`,
      text.replaceAll(/https?:\S+/g, "there"),
    ),
  );
const inline: Made = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: word.map((text) => made(text, text)) },
      inCode,
      wrapped,
      linked,
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => made(parts.map(({ markdown }) => markdown).join(" "), ...parts));

const paragraph: Made = fc
  .array(inline, { minLength: 1, maxLength: 3 })
  // A line must not begin like a block of another kind.
  .map((lines) => made(lines.map(({ markdown }) => `Z ${markdown}`).join("\n"), ...lines));
const heading: Made = fc
  .tuple(fc.integer({ min: 1, max: 6 }), inline)
  .map(([level, text]) => made(`${"#".repeat(level)} ${text.markdown}`, text));
const fence: Made = fc
  .tuple(
    fc.constantFrom("", "ts", "py title.py", "c++"),
    fc.array(code, { minLength: 1, maxLength: 60 }),
  )
  .map(([info, lines]) => ({
    markdown: `\`\`\`\`${info}\n${lines.join("\n")}\n\`\`\`\``,
    words: lines.flatMap(wordsOf),
    codes: [lines.join("\n")],
  }));
const table: Made = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 12 }))
  .chain(([columns, rows]) =>
    fc.array(fc.array(plainWord, { minLength: columns, maxLength: columns }), {
      minLength: rows + 1,
      maxLength: rows + 1,
    }),
  )
  .map(([head = [], ...rows]) => {
    const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
    return {
      markdown: [line(head), line(head.map(() => "--")), ...rows.map(line)].join("\n"),
      words: rows.flat(),
      codes: [],
    };
  });

function nested(mark: string, rest: string, blocks: Made): Made {
  return blocks.map((written) =>
    made(mark + written.markdown.replaceAll("\n", `\n${rest}`), written),
  );
}

const { block } = fc.letrec<{ block: Written }>((tie) => ({
  block: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    paragraph,
    heading,
    fence,
    table,
    nested("> ", "> ", tie("block")),
    fc
      .array(nested("- ", "  ", tie("block")), { minLength: 1, maxLength: 4 })
      .map((items) => made(items.map(({ markdown }) => markdown).join("\n"), ...items)),
    fc
      .array(nested("1. ", "   ", tie("block")), { minLength: 1, maxLength: 4 })
      .map((items) => made(items.map(({ markdown }) => markdown).join("\n"), ...items)),
  ),
}));

/** Documents as agents write them, of blocks in blocks; some are long enough for several messages. */
export const documents: Made = fc
  .array(block, { minLength: 1, maxLength: 14 })
  .map((blocks) => made(blocks.map(({ markdown }) => markdown).join("\n\n"), ...blocks));

/** Marks and words at random: nothing that any author means, but all that a parser may be given. */
export const garbage: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...marks),
      fc.constantFrom(
        " ",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "\r\n",
        "\u202e",
        "\u0007",
        "\ud83d",
        "```",
        "---",
        "https://a.bc/",
        "[^1]",
        "[^1]: ",
        "<br>",
        "|-|-|\n",
      ),
      word,
    ),
    { maxLength: 200 },
  )
  .map((pieces) => pieces.join(""));
