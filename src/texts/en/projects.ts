/** Folders of this machine that agents work in. */
export const projects = {
  heading: "Folders an agent can start in:",
  none: "There is no folder yet. /clone URL adds one.",
  line: ({ name, branch }: { name: string; branch: string | undefined }) =>
    branch === undefined ? name : `${name} (${branch})`,
  start: ({ name }: { name: string }) => `Start in ${name}`,
  isCut: "Not all of them are listed.",
  folderRefused: {
    empty: "Name a folder. /projects lists them.",
    "too-long": "That is not a folder. /projects lists them.",
    unprintable: "That is not a folder. /projects lists them.",
    dots: "Write the folder without “..”. /projects lists them.",
    missing: "There is no such folder. /projects lists them.",
    ambiguous: "Several folders are called that. Write its whole path; /projects lists them.",
    "not-a-folder": "That is a file. /projects lists the folders.",
    unreadable: "Switchboard cannot read that folder.",
    hidden: "An agent cannot start in a hidden folder. /projects lists the others.",
    outside:
      "An agent can start only in the workspace or where opencode has worked. /projects lists these folders.",
    private: "Agents cannot work in Switchboard's own folders. /projects lists the others.",
  },
  cloneUsage: "Write the address of a repository, as in /clone https://example.com/me/site.git",
  cloning: "Cloning…",
  cloned: ({ name, agent }: { name: string; agent: string }) =>
    `${name} is cloned, and ${agent} is starting in it. Send a task, or /help.`,
  gitMissing: "Not done: git is not installed on the server.",
  cloneRefused: {
    "bad-url":
      "Not cloned: that is not the address of a repository. Try /clone https://example.com/me/site.git",
    protocol:
      "Not cloned: the address must begin with https:// or ssh://, or look like git@host:path.",
    credentials:
      "Not cloned: leave the login out of the address; the server's own git login is used.",
    "bad-name": "Not cloned: a name is 1 to 64 letters, digits, dots, - or _.",
    exists: "Not cloned: a folder of that name exists. Write another name after the address.",
    "in-progress": "Not cloned: a folder of that name is being cloned already.",
  },
  cloneFailed: {
    "not-found": "Not cloned: there is no such repository, or the server may not read it.",
    "no-access": "Not cloned: the server has no access to the repository.",
    "unknown-host": "Not cloned: the server does not know the host's ssh key yet.",
    unreachable: "Not cloned: the host cannot be reached from the server.",
    "no-space": "Not cloned: the server's disk is full.",
    timeout: "Not cloned: it took longer than 10 minutes.",
    stopped: "Not cloned: Switchboard was stopped. Send it again.",
    failed: "Not cloned; Switchboard's log says why.",
  },
  worktreeMaking: "Checking out the branch…",
  worktreeRefused: {
    "not-a-repository": "Not started: the folder is not in git.",
    "bad-branch": "Not started: that is not a valid branch name.",
    "no-commit": "Not started: the repository has no commit yet.",
    "checked-out":
      "Not started: that branch is checked out elsewhere. /projects may list its folder.",
  },
  worktreeFailed: "Not started: git could not check out the branch; Switchboard's log says why.",
  worktreeNeedsFolder:
    "Name the folder of the repository too, as in /start fix site --worktree fix-login",
};
