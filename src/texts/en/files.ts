/** Files that operators fetch from the server. */
export const files = {
  heading: ({
    folder,
    folders,
    files: count,
  }: {
    folder: string;
    folders: number;
    files: number;
  }) =>
    `${folder}: ${folders} folder${folders === 1 ? "" : "s"}, ${count} file${count === 1 ? "" : "s"}.`,
  hint: "Press a file to get it, or send /get with its path.",
  empty: ({ folder }: { folder: string }) => `${folder} is empty.`,
  isCut: "Not all of it is listed.",
  page: ({ number, count }: { number: number; count: number }) => `Page ${number} of ${count}.`,
  up: "↑ Up",
  folderLabel: ({ name }: { name: string }) => `📁 ${name}`,
  fileLabel: ({ name, size }: { name: string; size: string }) => `${name} · ${size}`,
  linkLabel: ({ name }: { name: string }) => `${name} →`,
  browse: "Show the folder",
  asFile: "As file",
  getting: "Getting the file…",
  caption: ({ name, size }: { name: string; size: string }) => `${name} · ${size}`,
  faults: {
    outside: "Not sent: that is outside of the workspace and of the agent's folder.",
    missing: "There is no such file here. /files shows what there is.",
    unreadable: "Switchboard may not read that.",
    folder: "That is a folder. /files shows what is in it.",
    "no-file": "Not sent: that is neither a file nor a folder.",
    empty: "Not sent: that file is empty, and Telegram takes none that is.",
    "too-large":
      "Not sent: a bot may send at most 50 MB. Ask the agent for a smaller file, or for parts of it.",
  },
  noRoom: "Not sent: too many files wait to be sent already. Try again in a minute.",
  diskFull: "Not sent: the server's disk is full. Make room there, then try again.",
};
