/** Reads a camera's pictures off the page's own thread, which stands still in a tab out of sight. */
import { encode, type Asked, type Told } from "./pictureCoding";

interface Page {
  onmessage: ((event: MessageEvent<Asked>) => void) | null;
  postMessage(message: Told, transfer?: Transferable[]): void;
}

const page = self as unknown as Page;
let newest: VideoFrame | null = null;

async function read(pictures: ReadableStream<VideoFrame>): Promise<void> {
  const reader = pictures.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    newest?.close();
    newest = value ?? null;
    if (done || !value) return;
    page.postMessage({ stampMs: value.timestamp / 1000, cameMs: performance.now() });
  }
}

async function give(copy: boolean): Promise<void> {
  const picture = newest;
  newest = null;
  if (!picture) return page.postMessage({ coded: null });
  const stampMs = picture.timestamp / 1000;
  const size = { width: picture.displayWidth, height: picture.displayHeight };
  const coded = await encode(picture, size, copy).catch(() => null);
  picture.close();
  // The page waits for an answer before it asks again, so there is always one.
  if (!coded) return page.postMessage({ coded: null });
  page.postMessage({ coded: { ...coded, stampMs } }, [coded.jpeg, ...(coded.picture ? [coded.picture] : [])]);
}

page.onmessage = ({ data }) => void ("pictures" in data ? read(data.pictures) : give(data.copy));
