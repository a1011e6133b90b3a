import { join } from "node:path";
import {
  isBinaryExpression,
  isCallExpression,
  isImportDeclaration,
  isNewExpression,
  isNoSubstitutionTemplateLiteral,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isTypeNode,
  type Node,
} from "typescript/unstable/ast";
import type { FileSystem } from "typescript/unstable/fs";
import { API } from "typescript/unstable/sync";

const root = join(import.meta.dirname, "..", "..");

/** A literal of a source file that may be words for a reader. */
export interface Words {
  path: string;
  /** As written, with a placeholder as `{}`. */
  text: string;
}

/**
 * The literals of some files, by their paths from the root, that hold several words and may reach a reader:
 * neither SQL, nor a line of the log, nor what an error says, nor a name that is compared.
 */
export function wordsIn(paths: readonly string[]): Words[] {
  const api = new API({ cwd: root, fs: parsingOnly(paths) });
  try {
    using snapshot = api.updateSnapshot({ openProjects: [config] });
    const program = snapshot.getProject(config)?.program;
    return paths.flatMap((path) => {
      const file = program?.getSourceFile(join(root, path));
      if (!file) throw new Error(`${path} could not be parsed`);
      return literalsIn(file).map((text) => ({ path, text }));
    });
  } finally {
    api.close();
  }
}

const config = join(root, "words.tsconfig.json");

/** A project of these files alone, which is on no disk: to read what they import would take 3 s. */
function parsingOnly(files: readonly string[]): FileSystem {
  const compilerOptions = { noLib: true, noResolve: true, types: [] };
  const content = JSON.stringify({ compilerOptions, files });
  return {
    fileExists: (path) => (path === config ? true : undefined),
    readFile: (path) => (path === config ? content : undefined),
  };
}

function literalsIn(node: Node): string[] {
  if (isNotShown(node)) return [];
  const text = textOf(node);
  const found = text !== undefined && isWords(text) ? [text] : [];
  node.forEachChild((child) => void found.push(...literalsIn(child)));
  return found;
}

/** The text of a literal; undefined for any other node. */
function textOf(node: Node): string | undefined {
  if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("{}");
}

const sql =
  /^\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\b|\bIN \(|\bIS NOT\b|\bOR \w+ = '/;

/** Two words, or one with the mark of a sentence: “Agent: {}”, “Doing /{}.” */
function isWords(text: string): boolean {
  if (!text.includes(" ") || sql.test(text)) return false;
  const words = text.replaceAll("{}", "");
  if (/\p{L}{2,}\P{L}? +\P{L}?\p{L}{2,}/u.test(words)) return true;
  return /\p{L}[.,:;!?](?: |$)/mu.test(words) || /\p{L}.*[.!?]$/u.test(words);
}

/** Calls whose arguments nobody reads in the chat. */
const unshown = /(?:^|\.)(?:log\.\w+|crashPoint|isArmed|super)$/;
const faults = /(?:Error|Refusal|OpencodeUnreachable|OpencodeRefused)$/;

function isNotShown(node: Node): boolean {
  if (isImportDeclaration(node) || isTypeNode(node)) return true;
  if (isCallExpression(node)) return unshown.test(node.expression.getText());
  if (isNewExpression(node)) return faults.test(node.expression.getText());
  if (isPropertyAssignment(node)) return node.name.getText() === "kind";
  return isBinaryExpression(node) && /^[=!]==$/.test(node.operatorToken.getText());
}
