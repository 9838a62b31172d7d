/** Line icons of 20 x 20, drawn in the colour of the text. */
const PATHS = {
  live: "M3 5.5h9.500v9H3zM12.500 9l4.500-2.700v7.400L12.500 11",
  files: "M3 4h14v12H3zM3 13l4-4 3.500 3.500 2-2L17 14M13 7.500h.01",
  sessions: "M3 10h2.500l2-5 4 10 2-5H17",
  studies: "M7 9a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2.500 16c0-3 2-4.500 4.500-4.500s4.500 1.500 4.500 4.500M13 4.300a2.400 2.400 0 0 1 0 4.500M14 11.700c2 .4 3.500 1.800 3.500 4.300",
  about: "M10 3l6 2v5c0 3.500-2.500 6-6 7-3.500-1-6-3.500-6-7V5zM7.500 10l2 2 3.500-3.500",
  record: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  stop: "M6 6h8v8H6z",
  play: "M7 5l8 5-8 5z",
  pause: "M7 5v10M13 5v10",
  marker: "M6 17V3.500h8.500l-2 3.500 2 3.500H6",
  close: "M5 5l10 10M15 5L5 15",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.600L14 6",
  edit: "M4 16l.7-3.200L13 4.500l2.500 2.500-8.300 8.300z",
  down: "M10 3v9M6.500 9l3.500 3.500L13.500 9M4 16h12",
  upload: "M10 13V4M6.500 7.500L10 4l3.500 3.500M4 16h12",
  print: "M6 8V3.500h8V8M4 8h12v6h-2.500M6.500 14H4V8M6.500 12h7v4.500h-7z",
  sun: "M10 6.500a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM10 2v1.500M10 16.500V18M2 10h1.500M16.500 10H18M4.300 4.300l1.100 1.100M14.600 14.600l1.100 1.100M4.300 15.700l1.100-1.100M14.600 5.400l1.100-1.100",
  moon: "M16 11.500A6.500 6.500 0 0 1 8.500 4a6.500 6.500 0 1 0 7.500 7.500z",
  system: "M3 4.500h14v9H3zM7.500 16.500h5M10 13.500v3",
  plus: "M10 4v12M4 10h12",
  back: "M12 4.500L6.500 10l5.500 5.500",
  warn: "M10 3.500l7 12.500H3zM10 8v4M10 14h.01",
  check: "M4 10.500l4 4 8-9",
  again: "M15.500 6.500A6.500 6.500 0 1 0 16.500 11M15.500 3v3.500H12",
  neutral: "M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM7.500 8.500h.01M12.500 8.500h.01M7.500 12.500h5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={filled ? "currentColor" : "none"} />
    </svg>
  );
}
