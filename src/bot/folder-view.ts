import { basename, join, relative } from "node:path";
import { shortened } from "../chat/formatted-text.ts";
import { onOneLine } from "../chat/hidden.ts";
import type { FileFault } from "../replies/file-refusal.ts";
import type { Folder, FolderEntry } from "../replies/folder-inside.ts";
import { isWithin } from "../folder.ts";
import { texts } from "../texts/texts.ts";
import { sizeInWords } from "./file-size.ts";
import { type Page, pageButtons, pageOf } from "./pages.ts";
import type { View, ViewButton } from "./view.ts";

/** What the buttons of a folder carry: no path is too long for it, and none is read as words. */
export interface FileData {
  path: string;
  /** The id of the agent in whose folder it may be. */
  agent: string | undefined;
  /** Of a folder's entries; from 1. */
  page?: number;
  /** It is sent as it is, even where it is a picture. */
  isExact?: boolean;
}

const pageSize = 16;
const longestName = 30;
const longestPath = 200;

/** The entries of a page of a folder. */
export function pageOfFolder({ entries }: Pick<Folder, "entries">, number = 1): Page<FolderEntry> {
  return pageOf(entries, number, pageSize);
}

/** What a folder is shown with. */
export interface FolderViewOptions {
  page: Page<FolderEntry>;
  /** In bytes, by name. */
  sizes: ReadonlyMap<string, number>;
  agent: string | undefined;
  /** Where paths are shown from. */
  root: string;
}

/** A folder with a button for each of its entries, and those that lead up and to other pages. */
export function folderView(folder: Folder, options: FolderViewOptions): View {
  const { page, sizes, agent, root } = options;
  const words = texts.files;
  const to = (path: string): FileData => ({ path, agent });
  const shown = shownPath(folder.path, root);
  const folders = folder.entries.filter(({ kind }) => kind === "folder").length;
  const files = folder.entries.length - folders;
  const text =
    folder.entries.length === 0
      ? [words.empty({ folder: shown })]
      : [words.heading({ folder: shown, folders, files }), words.hint];
  if (page.count > 1) text.push(words.page(page));
  if (folder.isCut) text.push(words.isCut);
  const up = folder.up === undefined ? [] : [opening(words.up, to(folder.up))];
  const paging = pageButtons(page, "files", (number) => `${number}`).map((row) =>
    row.map(({ label, argument }) =>
      opening(label, { ...to(folder.path), page: Number(argument) }),
    ),
  );
  return {
    text: text.join("\n"),
    isForeign: true,
    buttons: [
      ...up.map((one) => [one]),
      ...page.items.map((entry) => [
        entryButton(entry, to(join(folder.path, entry.name)), sizes.get(entry.name)),
      ]),
      ...paging,
    ],
  };
}

/** Why a file is not sent, with a button that shows the folder of the agent. */
export function fileFaultView(fault: FileFault): View {
  const buttons = [[{ label: texts.files.browse, command: "files" }]];
  return { text: texts.files.faults[fault], buttons };
}

function entryButton({ name, kind }: FolderEntry, data: FileData, size?: number): ViewButton {
  const words = texts.files;
  const shown = shortName(onOneLine(name));
  if (kind === "folder") return opening(words.folderLabel({ name: shown }), data);
  const label =
    kind === "link"
      ? words.linkLabel({ name: shown })
      : size === undefined
        ? shown
        : words.fileLabel({ name: shown, size: sizeInWords(size) });
  return { label, command: "get", data };
}

/** A button whose folder takes the place of the one that is shown. */
function opening(label: string, data: FileData): ViewButton {
  return { label, command: "files", data, edits: true };
}

/** A name whose beginning and ending are left where it is too long. */
function shortName(name: string): string {
  if (name.length <= longestName) return name;
  const end = name.slice(-10);
  return `${shortened(name, longestName - end.length)}${end}`.toWellFormed();
}

/** A path from the folder where paths are shown from, whose name it begins with. */
function shownPath(path: string, root: string): string {
  const shown = isWithin(path, root) ? join(basename(root), relative(root, path)) : path;
  return shortened(onOneLine(shown), longestPath);
}
