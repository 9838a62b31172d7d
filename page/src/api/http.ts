/** Requests to the server: JSON in and out, errors as one line of words. */
import { texts } from "../texts";
import { authHeader } from "./token";

/** What the server refused, or that it can't be reached (`code` "unreachable"). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }
}

async function errorOf(status: number, text: string): Promise<ApiError> {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    return new ApiError(error.code, error.message, status);
  } catch {
    return new ApiError("http", texts.errors.http(status), status);
  }
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { ...authHeader() };
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return answerTo(path, init);
}

async function answerTo(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError("unreachable", texts.errors.unreachable);
  }
  if (!response.ok) throw await errorOf(response.status, await response.text());
  return response;
}

export async function getJson<T>(path: string): Promise<T> {
  return (await send("GET", path)).json() as Promise<T>;
}

export async function getText(path: string): Promise<string> {
  return (await send("GET", path)).text();
}

export async function getBlob(path: string): Promise<Blob> {
  return (await send("GET", path)).blob();
}

export async function sendJson<T>(method: "POST" | "PATCH", path: string, body: unknown): Promise<T> {
  const response = await send(method, path, body);
  const text = await response.text();
  return (text ? JSON.parse(text) : null) as T;
}

/** A file there, and another back. */
export async function exchange(path: string, file: Blob, name: string): Promise<Blob> {
  const body = new FormData();
  body.append("file", file, name);
  return (await answerTo(path, { method: "POST", headers: authHeader(), body })).blob();
}

export async function remove(path: string): Promise<void> {
  await send("DELETE", path);
}

export interface Upload<T> {
  done: Promise<T>;
  cancel: () => void;
}

/** A file sent, with its progress, which `fetch` doesn't tell. */
export function upload<T>(path: string, file: File, onProgress: (share: number) => void): Upload<T> {
  const request = new XMLHttpRequest();
  const done = new Promise<T>((resolve, reject) => {
    request.open("POST", path);
    for (const [name, value] of Object.entries(authHeader())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = () => reject(new ApiError("unreachable", texts.errors.unreachable));
    request.onabort = () => reject(new ApiError("cancelled", texts.files.cancelled));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else void errorOf(request.status, request.responseText).then(reject);
    };
    const form = new FormData();
    form.append("files", file, file.name);
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
