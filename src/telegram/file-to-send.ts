/** A file of ours in a payload: `{ path, name }`, read when the call is made. */
export interface FileToSend {
  path: string;
  name: string;
}

/** The same with the parameter that it is. */
export interface NamedFile extends FileToSend {
  field: string;
}

const fields = ["document", "voice"];

/** The file of ours that a call sends; undefined when it sends none. */
export function fileIn(payload: object): NamedFile | undefined {
  for (const field of fields) {
    const file = (payload as Record<string, unknown>)[field] as FileToSend | undefined;
    if (file !== undefined) return { ...file, field };
  }
  return undefined;
}
