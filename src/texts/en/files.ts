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
  empty: ({ folder }: { folder: string }) =>
    `${folder} is empty. Ask the agent to put a file there, then send /files again.`,
  isCut: "Not everything is listed.",
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
    outside:
      "Not sent: that is outside the workspace and the agent's folder. /files shows what you can get.",
    missing: "There is no such file here. /files shows what you can get.",
    unreadable:
      "Not sent: Switchboard is not allowed to read that. Change its permissions on the server.",
    folder: "That is a folder. /files shows what is in it.",
    "no-file": "Not sent: that is neither a file nor a folder.",
    empty: "Not sent: that file is empty, and Telegram does not accept empty files.",
    "too-large":
      "Not sent: a bot may send at most 50 MB. Ask the agent for a smaller file, or for parts of it.",
  },
  noRoom: "Not sent: too many files are already waiting to be sent. Try again in a minute.",
  diskFull: "Not sent: the server's disk is full. Make room there, then try again.",
};
