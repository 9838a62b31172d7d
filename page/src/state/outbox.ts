/** What the server must still be told: kept while it can't be reached, and sent in order. */
import { signal } from "@preact/signals";
import { ApiError, messageOf } from "../api/http";
import { hold, release } from "./leaving";
import { say } from "./say";

const AGAIN_MS = 1000;

interface Letter {
  send: () => Promise<unknown>;
  settle: (sent: boolean) => void;
}

const letters: Letter[] = [];
const owner = {};
/** How many wait. */
export const waiting = signal(0);
let busy = false;

/** Sends it now or as soon as the server is there; whether it was taken, else the reason is said. */
export function post(send: () => Promise<unknown>): Promise<boolean> {
  return new Promise((settle) => {
    letters.push({ send, settle });
    count();
    if (!busy) void work();
  });
}

async function work(): Promise<void> {
  busy = true;
  for (let letter = letters[0]; letter; letter = letters[0]) {
    const taken = await deliver(letter.send);
    if (taken === null) {
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      continue;
    }
    letters.shift();
    count();
    letter.settle(taken);
  }
  busy = false;
}

/** Whether it was taken; null where the server isn't there, or not ready. */
async function deliver(send: Letter["send"]): Promise<boolean | null> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof ApiError && (error.code === "unreachable" || error.code === "busy" || error.status >= 500)) return null;
    say(messageOf(error), "problem");
    return false;
  }
}

function count(): void {
  waiting.value = letters.length;
  if (letters.length) hold(owner, null);
  else release(owner);
}
