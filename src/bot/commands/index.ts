import type { Command } from "../context.ts";
import { abort } from "./abort.ts";
import { attach, type AttachServices } from "./attach.ts";
import { clone, type CloneServices } from "./clone.ts";
import { compact, type CompactServices } from "./compact.ts";
import { contextUsed, type ContextServices } from "./context-used.ts";
import { cost, type CostServices } from "./cost.ts";
import { decide } from "./decide.ts";
import { diff, type DiffServices } from "./diff.ts";
import { exportSession, type ExportServices } from "./export.ts";
import { files } from "./files.ts";
import { fork, type ForkServices } from "./fork.ts";
import { get, type GetServices } from "./get.ts";
import { help } from "./help.ts";
import { history, type HistoryServices } from "./history.ts";
import { key, type KeyServices, singleKeys, type } from "./keys.ts";
import { list, type ListServices } from "./list.ts";
import { menu, type MenuServices } from "./menu.ts";
import { mode } from "./mode.ts";
import { model, type ModelServices } from "./model.ts";
import { clear, newSession, type NewServices } from "./new.ts";
import { commands, mcp, type OpencodeListServices, skills } from "./opencode-lists.ts";
import { projects, type ProjectServices } from "./projects.ts";
import { queue, type QueueServices } from "./queue.ts";
import { rename, type RenameServices } from "./rename.ts";
import { resume, resumeLast, resumeLastYolo, type ResumeServices, resumeYolo } from "./resume.ts";
import { run, type RunServices } from "./run.ts";
import { screen, type ScreenServices } from "./screen.ts";
import { sendAgain, type SendAgainServices } from "./send-again.ts";
import { settings, type SettingsServices } from "./settings.ts";
import { sh, type ShellServices } from "./sh.ts";
import { share, type ShareServices } from "./share.ts";
import { start, type StartServices, startYolo } from "./start.ts";
import { status, type StatusServices } from "./status.ts";
import { stop, type StopServices } from "./stop.ts";
import { switchAgent, type SwitchServices } from "./switch.ts";
import { talkTo, type TalkToServices } from "./talk-to.ts";
import { todo, type TodoServices } from "./todo.ts";
import { transcript, type TranscriptServices } from "./transcript.ts";
import { redo, undo, type UndoServices } from "./undo.ts";
import { variant } from "./variant.ts";
import { voice, type VoiceServices } from "./voice.ts";
import { working, type WorkingServices } from "./working.ts";

/** What the commands need, each its own share of it. */
export type CommandServices = AttachServices &
  CloneServices &
  CompactServices &
  ContextServices &
  CostServices &
  DiffServices &
  ExportServices &
  ForkServices &
  GetServices &
  HistoryServices &
  KeyServices &
  ListServices &
  MenuServices &
  ModelServices &
  NewServices &
  OpencodeListServices &
  ProjectServices &
  QueueServices &
  RenameServices &
  ResumeServices &
  RunServices &
  ScreenServices &
  SendAgainServices &
  SettingsServices &
  ShareServices &
  ShellServices &
  StartServices &
  StatusServices &
  StopServices &
  SwitchServices &
  TalkToServices &
  TodoServices &
  TranscriptServices &
  UndoServices &
  VoiceServices &
  WorkingServices;

/** Every command of the chat, in the order Telegram lists them: what is used most comes first. */
export function createCommands(services: CommandServices): Command[] {
  const switching = switchAgent(services);
  const all = [
    menu(services),
    status(services),
    list(services),
    switching,
    screen(services),
    files(services),
    get(services),
    ...singleKeys(services),
    key(services),
    type(services),
    attach(services),
    abort(services),
    queue(services),
    working(services),
    start(services),
    stop(services),
    startYolo(services),
    rename(services),
    decide(),
    newSession(services),
    clear(services),
    history(services),
    resume(services),
    resumeYolo(services),
    resumeLast(services),
    resumeLastYolo(services),
    fork(services),
    undo(services),
    redo(services),
    compact(services),
    transcript(services),
    exportSession(services),
    share(services),
    diff(services),
    todo(services),
    cost(services),
    contextUsed(services),
    model(services),
    mode(services),
    variant(services),
    commands(services),
    run(services),
    sh(services),
    skills(services),
    mcp(services),
    projects(services),
    clone(services),
    settings(services),
    voice(services),
  ];
  return [...all, help(all), sendAgain(services), talkTo(services, switching)];
}
