/** Draws boxes and labels on a canvas over the picture; sizes follow the screen, not the picture. */
import type { Face } from "../api/results";
import { expressionColour } from "../logic/colours";
import { covered, place, placeLabel, type Rect } from "../logic/geometry";
import { personNumber } from "../logic/format";
import { CLOSED, IRISES, OPEN } from "../logic/mesh";
import { best, isUncertain, otherReadings } from "../logic/readings";
import { genderName, headline, headOf, reasonWords } from "../logic/words";

/** Of a face that can't be trusted, as `mimik.render` has it. */
const GREY = "#bebebe";
const PLATE = "rgba(16, 18, 22, 0.84)";
const FONT = "Inter, ui-sans-serif, system-ui, 'Segoe UI', sans-serif";

export interface Scene {
  width: number;
  height: number;
  faces: readonly Face[];
  chosen: number | null;
  mirrored: boolean;
  area: Rect;
  scale?: number;
}

/** That of its expression; who it is, the number says. */
export function colourOf(face: Face): string {
  return face.quality && !face.quality.reliable ? GREY : expressionColour(face.emotion?.label);
}

/** The words of a label, a line each. */
export function labelLines(face: Face): string[] {
  const lines = [];
  const number = face.id === null ? "" : `${personNumber(face.id)}  `;
  const first = headOf(face);
  lines.push(first ? `${number}${headline(first)}` : number.trim() || "?");
  const more = otherReadings(face)
    .slice(face.emotion ? 0 : 1)
    .map(([, reading]) => (isUncertain(reading) ? `${best(reading)}?` : best(reading)));
  if (face.age) more.push(`${Math.round(face.age.years)}`);
  if (face.gender) more.push(isUncertain(face.gender) ? `${genderName(best(face.gender))}?` : genderName(best(face.gender)));
  if (face.quality?.reason) more.push(reasonWords(face.quality.reason));
  if (more.length) lines.push(more.join(", "));
  return lines;
}

export function faceRect(face: Face, scene: Scene): Rect | null {
  return face.box_xyxy ? place(face.box_xyxy, scene.width, scene.height, scene.area, scene.mirrored) : null;
}

/** Corners alone, for a calm picture; the chosen face has a whole frame. */
function drawBox(context: CanvasRenderingContext2D, rect: Rect, colour: string, chosen: boolean, scale: number): void {
  const { left, top, width, height } = rect;
  const arm = Math.min(width, height) * 0.22;
  const path = new Path2D();
  for (const [x, y, dx, dy] of [
    [left, top, 1, 1],
    [left + width, top, -1, 1],
    [left, top + height, 1, -1],
    [left + width, top + height, -1, -1],
  ] as [number, number, number, number][]) {
    path.moveTo(x + dx * arm, y);
    path.lineTo(x, y);
    path.lineTo(x, y + dy * arm);
  }
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const [style, thick] of [["rgba(0, 0, 0, 0.55)", 5], [colour, 2.5]] as [string, number][]) {
    context.strokeStyle = style;
    context.lineWidth = thick * scale;
    context.stroke(path);
  }
  if (!chosen) return;
  context.lineWidth = scale;
  context.globalAlpha = 0.75;
  context.strokeRect(left, top, width, height);
  context.globalAlpha = 1;
}

function drawLabel(context: CanvasRenderingContext2D, rect: Rect, lines: string[], colour: string, scale: number): void {
  context.fillStyle = PLATE;
  context.beginPath();
  context.roundRect(rect.left, rect.top, rect.width, rect.height, 4 * scale);
  context.fill();
  context.fillStyle = colour;
  context.fillRect(rect.left, rect.top + 4 * scale, 2.5 * scale, rect.height - 8 * scale);
  context.textBaseline = "top";
  lines.forEach((line, index) => {
    context.font = fontOf(index, scale);
    context.fillStyle = index === 0 ? "#ffffff" : "#d4d4d0";
    context.fillText(line, rect.left + 9 * scale, rect.top + (5 + index * 17) * scale);
  });
}

function fontOf(line: number, scale: number): string {
  return `${line === 0 ? 600 : 400} ${(line === 0 ? 13 : 12) * scale}px ${FONT}`;
}

function labelSize(context: CanvasRenderingContext2D, lines: string[], scale: number): [number, number] {
  let width = 0;
  lines.forEach((line, index) => {
    context.font = fontOf(index, scale);
    width = Math.max(width, context.measureText(line).width);
  });
  return [width + 17 * scale, (lines.length * 17 + 8) * scale];
}

interface Label {
  spot: Rect;
  lines: string[];
}

/** As many of a face's lines as find room beside labels and other faces: all, the first, or the number alone. */
function placedLabel(
  context: CanvasRenderingContext2D,
  face: Face,
  rect: Rect,
  scene: Scene,
  faces: readonly Rect[],
  labels: readonly Rect[],
): Label {
  const scale = scene.scale ?? 1;
  const all = labelLines(face);
  const number = face.id === null ? [] : [[String(personNumber(face.id))]];
  // A label on a tiny face says more than the face shows.
  const shorter = [...(rect.width < 26 * scale ? [] : [all]), all.slice(0, 1), ...number];
  const around = [...labels, ...faces.filter((other) => other !== rect)];
  const ways = shorter.map((lines) => {
    const [width, height] = labelSize(context, lines, scale);
    // Only a number may hide its own face, before it hides another.
    const taken = number.includes(lines) ? around : [...around, rect];
    return { lines, spot: placeLabel(rect, width, height, scene.area, taken) };
  });
  const clear = [around, labels].flatMap((others) => ways.filter(({ spot }) => covered(spot, others) === 0));
  return clear[0] ?? (ways[ways.length - 1] as Label);
}

/** Contours and irises, of a face whose mesh was read. */
function drawMesh(context: CanvasRenderingContext2D, face: Face, scene: Scene, scale: number): void {
  const points = face.mesh?.points_xyz;
  if (!points) return;
  const spot = (number: number): [number, number] => {
    const [x, y] = points[number] as [number, number, number];
    const { left, top } = place([x, y, x, y], scene.width, scene.height, scene.area, scene.mirrored);
    return [left, top];
  };
  const path = new Path2D();
  for (const line of [...CLOSED, ...OPEN]) {
    line.forEach((number, index) => (index === 0 ? path.moveTo(...spot(number)) : path.lineTo(...spot(number))));
    if (CLOSED.includes(line)) path.closePath();
  }
  for (const [middle, edge] of IRISES) {
    const [[x, y], [right, down]] = [spot(middle), spot(edge)];
    const radius = Math.hypot(right - x, down - y);
    path.moveTo(x + radius, y);
    path.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.strokeStyle = face.mesh?.reliable ? "rgba(214, 250, 238, 0.9)" : GREY;
  context.lineWidth = 1.2 * scale;
  context.stroke(path);
}

/** Labels never lie over each other while the numbers alone find room. */
export function drawScene(context: CanvasRenderingContext2D, scene: Scene): void {
  const scale = scene.scale ?? 1;
  const placed = scene.faces.flatMap((face) => {
    const rect = faceRect(face, scene);
    return rect ? [{ face, rect }] : [];
  });
  const faces = placed.map(({ rect }) => rect);
  const labels: Rect[] = [];
  for (const { face, rect } of placed) {
    drawMesh(context, face, scene, scale);
    drawBox(context, rect, colourOf(face), face.id === scene.chosen, scale);
  }
  for (const { face, rect } of placed) {
    const { spot, lines } = placedLabel(context, face, rect, scene, faces, labels);
    labels.push(spot);
    drawLabel(context, spot, lines, colourOf(face), scale);
  }
}
