/**
 * Whether a JSON object names one of its own fields twice: the parser would keep the last one and
 * lose the others without a word. Of text that is not JSON it says nothing.
 */
export function repeatsField(json: string): boolean {
  const seen = new Set<string>();
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at];
    if (char === "{" || char === "[") depth += 1;
    if (char === "}" || char === "]") depth -= 1;
    if (char !== '"') continue;
    const end = endOfString(json, at);
    if (depth === 1 && isField(json, end)) {
      const name = nameOf(json.slice(at, end + 1));
      if (seen.has(name)) return true;
      seen.add(name);
    }
    at = end;
  }
  return false;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}

function isField(json: string, end: number): boolean {
  let at = end + 1;
  while (" \t\r\n".includes(json[at] ?? "x")) at += 1;
  return json[at] === ":";
}

/** The name without its escapes: `"te\u0078t"` is `text`. */
function nameOf(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
