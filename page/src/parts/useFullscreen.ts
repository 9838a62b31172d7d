/** One element on the whole screen, where the browser can. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Fullscreen {
  /** Telephones from Apple give the screen to nothing but their own video player. */
  can: boolean;
  full: boolean;
  /** To be called in the press of a button or key itself: browsers allow it at no other time. */
  enter: () => Promise<void>;
  leave: () => Promise<void>;
  toggle: () => Promise<void>;
}

export function useFullscreen(element: RefObject<HTMLElement>): Fullscreen {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const see = () => setFull(element.current !== null && document.fullscreenElement === element.current);
    document.addEventListener("fullscreenchange", see);
    return () => document.removeEventListener("fullscreenchange", see);
  }, []);
  const enter = async () => element.current?.requestFullscreen({ navigationUI: "hide" });
  const leave = async () => {
    if (document.fullscreenElement) await document.exitFullscreen();
  };
  return { can: document.fullscreenEnabled === true, full, enter, leave, toggle: () => (full ? leave() : enter()) };
}
