/** Line icons of 20 x 20, drawn in the colour of the text. */
const PATHS = {
  live: "M3 5.5h9.5v9H3zM12.5 9l4.5-2.7v7.4L12.5 11",
  microphone: "M10 3a2.5 2.5 0 0 0-2.5 2.5v4a2.5 2.5 0 0 0 5 0v-4A2.5 2.5 0 0 0 10 3zM5 9.5a5 5 0 0 0 10 0M10 14.5V17",
  sound: "M3 9v2M6.5 6.5v7M10 3.5v13M13.5 6.5v7M17 9v2",
  files: "M3 4h14v12H3zM3 13l4-4 3.5 3.5 2-2L17 14M13 7.5h.01",
  sessions: "M3 10h2.5l2-5 4 10 2-5H17",
  studies: "M7 9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM2.5 16c0-3 2-4.5 4.5-4.5s4.5 1.5 4.5 4.5M13 4.3a2.4 2.4 0 0 1 0 4.5M14 11.7c2 .4 3.5 1.8 3.5 4.3",
  about: "M10 3l6 2v5c0 3.5-2.5 6-6 7-3.5-1-6-3.5-6-7V5zM7.5 10l2 2 3.5-3.5",
  record: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  stop: "M6 6h8v8H6z",
  play: "M7 5l8 5-8 5z",
  pause: "M7 5v10M13 5v10",
  marker: "M6 17V3.5h8.5l-2 3.5 2 3.5H6",
  close: "M5 5l10 10M15 5L5 15",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6",
  edit: "M4 16l.7-3.2L13 4.5l2.5 2.5-8.3 8.3z",
  down: "M10 3v9M6.5 9l3.5 3.5L13.5 9M4 16h12",
  upload: "M10 13V4M6.5 7.5L10 4l3.5 3.5M4 16h12",
  print: "M6 8V3.5h8V8M4 8h12v6h-2.5M6.5 14H4V8M6.5 12h7v4.5h-7z",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5z",
  system: "M3 4.5h14v9H3zM7.5 16.5h5M10 13.5v3",
  plus: "M10 4v12M4 10h12",
  back: "M12 4.5L6.5 10l5.5 5.5",
  warn: "M10 3.5l7 12.5H3zM10 8v4M10 14h.01",
  check: "M4 10.5l4 4 8-9",
  again: "M15.5 6.5A6.5 6.5 0 1 0 16.5 11M15.5 3v3.5H12",
  full: "M3.5 7.5v-4h4M12.5 3.5h4v4M16.5 12.5v4h-4M7.5 16.5h-4v-4",
  settings: "M3 6h6M13 6h4M11 4v4M3 14h4M11 14h6M9 12v4",
  neutral: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM7.5 8.5h.01M12.5 8.5h.01M7.5 12.5h5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={filled ? "currentColor" : "none"} />
    </svg>
  );
}
