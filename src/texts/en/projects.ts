/** Folders of this machine that agents work in. */
export const projects = {
  heading: "Folders an agent can start in:",
  none: "There is no folder yet. /clone URL brings one.",
  line: ({ name, branch }: { name: string; branch: string | undefined }) =>
    branch === undefined ? name : `${name} (${branch})`,
  start: ({ name }: { name: string }) => `Start in ${name}`,
  isCut: "Not all of them are listed.",
  folderRefused: {
    empty: "Name a folder. /projects lists them.",
    "too-long": "That is no folder. /projects lists them.",
    unprintable: "That is no folder. /projects lists them.",
    dots: "A folder is named without “..”. /projects lists them.",
    missing: "There is no such folder. /projects lists them.",
    ambiguous: "Several folders are called that. Write its whole path; /projects lists them.",
    "not-a-folder": "That is a file. /projects lists the folders.",
    unreadable: "Switchboard cannot read that folder.",
    hidden: "An agent does not start in a hidden folder. /projects lists the others.",
    outside: "An agent starts only in the workspace or where opencode has worked. /projects lists these.",
    private: "No agent works in Switchboard's own folders. /projects lists the others.",
  },
  cloneUsage: "Write the address of a repository, as in /clone https://example.com/me/site.git",
  cloning: ({ name }: { name: string }) => `Cloning ${name}…`,
  cloned: ({ name, agent }: { name: string; agent: string }) =>
    `${name} is cloned, and ${agent} is starting in it. Send a task, or /help.`,
  gitMissing: "git is not installed on the server, so nothing can be cloned.",
  worktreeMaking: ({ branch }: { branch: string }) => `Checking out ${branch}…`,
  worktreeNeedsFolder: "Name the folder of the repository too, as in /start fix site --worktree fix-login",
};
