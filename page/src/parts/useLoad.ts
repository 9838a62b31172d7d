/** Something read from the server: anew when its keys change, or when the server comes back. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { messageOf } from "../api/http";
import { arrivals } from "../state/server";

export interface Loaded<T> {
  value: T | null;
  error: string | null;
  loading: boolean;
  reload: () => void;
}

export function useLoad<T>(read: () => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [loading, setLoading] = useState(true);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    // Nothing can be read before the server is there.
    if (arrivals.value === 0) return;
    let gone = false;
    setLoading(true);
    read()
      .then((found) => {
        if (gone) return;
        setValue(found);
        setError(null);
      })
      .catch((problem) => !gone && setError(messageOf(problem)))
      .finally(() => !gone && setLoading(false));
    return () => {
      gone = true;
    };
  }, [...keys, turn, arrivals.value]);
  const reload = useCallback(() => setTurn((count) => count + 1), []);
  return { value, error, loading, reload };
}
