/** The explanation of a face out of a file, asked of the server; the last one stays until the next comes. */
import { useEffect, useState } from "preact/hooks";
import { sendJson } from "../api/http";
import type { Face } from "../api/results";
import type { Explanation } from "../api/types";

const QUIET_MS = 150;

interface Answer {
  explanation: Explanation | null;
}

export function useExplanation(face: Face | null): Explanation | null {
  const [said, setSaid] = useState<Explanation | null>(null);
  useEffect(() => {
    if (!face?.emotion || !(face.au || face.mesh)) {
      setSaid(null);
      return;
    }
    let gone = false;
    // While a video plays, only faces that stay for a moment are asked about.
    const timer = setTimeout(() => {
      sendJson<Answer>("POST", "/v1/explain", { face })
        .then((answer) => !gone && setSaid(answer.explanation))
        .catch(() => !gone && setSaid(null));
    }, QUIET_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [face]);
  return said;
}
