/** Where a kept video goes: a file that the person chose, or memory and a download at the end. Never the server. */
import { MEMORY_BYTES, type VideoForm } from "../logic/video";
import { saveBlob } from "../parts/download";

export interface VideoFile {
  readonly name: string;
  write(part: Blob): Promise<void>;
  close(): Promise<void>;
}

/** What comes no longer fits into memory; what came before does. */
export class FullError extends Error {}

export class MemoryFile implements VideoFile {
  private readonly parts: Blob[] = [];
  private bytes = 0;

  constructor(
    readonly name: string,
    private readonly mime: string,
    private readonly most = MEMORY_BYTES,
    private readonly save = saveBlob,
  ) {}

  async write(part: Blob): Promise<void> {
    if (this.bytes + part.size > this.most) throw new FullError();
    this.parts.push(part);
    this.bytes += part.size;
  }

  async close(): Promise<void> {
    this.save(new Blob(this.parts, { type: this.mime }), this.name);
  }
}

/** Each part is written as it comes; the browser gives the file its name when it is closed. */
export class DiskFile implements VideoFile {
  readonly name: string;
  private readonly stream: Promise<FileSystemWritableFileStream>;

  constructor(handle: FileSystemFileHandle) {
    this.name = handle.name;
    this.stream = handle.createWritable();
    // A failure is told by the first write.
    this.stream.catch(() => {});
  }

  async write(part: Blob): Promise<void> {
    await (await this.stream).write(part);
  }

  async close(): Promise<void> {
    await (await this.stream).close();
  }
}

interface PickerWindow {
  showSaveFilePicker?: (options: {
    suggestedName: string;
    types: { accept: Record<string, string[]> }[];
  }) => Promise<FileSystemFileHandle>;
}

export const canChoose = (): boolean => "showSaveFilePicker" in window;

/** Asks where to; throws an `AbortError` where the person closes the question. */
export async function chooseFile(name: string, form: VideoForm): Promise<FileSystemFileHandle | null> {
  const { showSaveFilePicker } = window as PickerWindow;
  if (!showSaveFilePicker) return null;
  return showSaveFilePicker.call(window, {
    suggestedName: name,
    types: [{ accept: { [form.mime]: [`.${form.extension}`] } }],
  });
}
