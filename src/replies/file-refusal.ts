import { Refusal } from "../errors.ts";

/** Why a file is not sent. */
export type FileFault =
  | "outside"
  | "missing"
  | "unreadable"
  | "folder"
  | "no-file"
  | "empty"
  | "too-large";

/** A refusal of a file, for HTTP by its sentence and for the chat by its fault. */
export class FileRefusal extends Refusal {
  readonly fault: FileFault;

  constructor(fault: FileFault, { statusCode, message, cause }: Refusal) {
    super(statusCode, message, { cause });
    this.fault = fault;
  }
}

/** The refusal of a file for one of these reasons. */
export function fileRefused(fault: FileFault, options?: ErrorOptions): FileRefusal {
  return new FileRefusal(fault, refusals[fault](options));
}

type MakeRefusal = (options?: ErrorOptions) => Refusal;

const noFile: MakeRefusal = (options) =>
  new Refusal(400, "Only files can be sent, not folders or devices.", options);

const refusals: Record<FileFault, MakeRefusal> = {
  outside: (options) =>
    new Refusal(403, "A file is outside the folders that may be sent from.", options),
  missing: (options) => new Refusal(400, "A file does not exist.", options),
  unreadable: (options) => new Refusal(400, "A file cannot be read.", options),
  folder: noFile,
  "no-file": noFile,
  empty: (options) => new Refusal(400, "An empty file cannot be sent.", options),
  "too-large": (options) => new Refusal(413, "A file is larger than 50 MB.", options),
};
