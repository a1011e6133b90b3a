/** What the human in front of the sandbox means by a line. */
export type Meant =
  | { kind: "nothing" }
  | { kind: "quit" }
  | { kind: "press"; button: number }
  | ({ kind: "send" } & FileToSend)
  | { kind: "edit"; back: number; text: string }
  | { kind: "react"; back: number; emoji: string }
  | { kind: "say"; text: string };

/** A file of this machine that the human sends. */
export interface FileToSend {
  media: "photo" | "document" | "voice";
  path: string;
  caption: string;
}

/** Reads lines; one that ends in a backslash goes on in the next. */
export class LineReader {
  #begun: string[] = [];

  /** Whether a message is begun and waits for its next line. */
  get isBegun(): boolean {
    return this.#begun.length > 0;
  }

  /** What the line, with the ones before it, means; undefined while more of it is to come. */
  read(line: string): Meant | undefined {
    if (line.endsWith("\\")) {
      this.#begun.push(line.slice(0, -1));
      return undefined;
    }
    const text = [...this.#begun, line].join("\n");
    this.#begun = [];
    if (text.trim() === "") return { kind: "nothing" };
    if (text.trim() === "/quit") return { kind: "quit" };
    return meantBy(text);
  }
}

const media = { photo: "photo", file: "document", voice: "voice" } as const;

function meantBy(text: string): Meant {
  const button = /^!(\d+)\s*$/.exec(text)?.[1];
  if (button !== undefined) return { kind: "press", button: Number(button) };
  const [, word = "", rest = ""] = /^!(\w+) +(\S[^]*)$/.exec(text) ?? [];
  if (word === "photo" || word === "file" || word === "voice") {
    const [, quoted, plain = "", caption = ""] =
      /^(?:"([^"]+)"|(\S+))(?:\s+([^]*))?$/.exec(rest) ?? [];
    return { kind: "send", media: media[word], path: quoted ?? plain, caption: caption.trim() };
  }
  const [, back = "", what = ""] = /^(\d+)\s+(\S[^]*)$/.exec(rest) ?? [];
  if (word === "edit" && back !== "") return { kind: "edit", back: Number(back), text: what };
  if (word === "react" && back !== "") {
    return { kind: "react", back: Number(back), emoji: what.trim() };
  }
  return { kind: "say", text };
}
