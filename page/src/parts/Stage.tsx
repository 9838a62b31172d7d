/** A picture with what was found in it drawn over; a click chooses a face. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Face } from "../api/results";
import { contain, contains, grow } from "../logic/geometry";
import { drawScene, faceRect, type Scene } from "./overlay";

interface Props {
  label: string;
  /** Size of the picture that the results belong to. */
  width: number;
  height: number;
  faces: readonly Face[];
  chosen: number | null;
  mirrored?: boolean;
  /** Take the shape of the picture, as soon as it is known. */
  fits?: boolean;
  /** Drawn instead of the element below: a picture with its faces hidden, or one from the server. */
  picture?: CanvasImageSource | null;
  onChoose?: (id: number) => void;
  children?: ComponentChildren;
  /** Stands over the picture: messages, badges. */
  above?: ComponentChildren;
}

export function Stage(props: Props) {
  const { width, height, faces, chosen, mirrored = false, picture = null } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState<[number, number]>([0, 0]);
  const scene: Scene = { width, height, faces, chosen, mirrored, area: contain(width, height, size[0], size[1]) };

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setSize([element.clientWidth, element.clientHeight]));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context || size[0] === 0) return;
    const ratio = devicePixelRatio || 1;
    const [across, down] = [Math.round(size[0] * ratio), Math.round(size[1] * ratio)];
    if (element.width !== across || element.height !== down) [element.width, element.height] = [across, down];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size[0], size[1]);
    if (picture) drawPicture(context, picture, scene);
    if (width > 0) drawScene(context, scene);
  }, [faces, chosen, mirrored, picture, width, height, size]);

  const choose = (event: MouseEvent) => {
    if (!props.onChoose) return;
    const hit = faces.find((face) => {
      const rect = faceRect(face, scene);
      return rect && contains(grow(rect, 0.1), event.offsetX, event.offsetY);
    });
    if (hit && hit.id !== null) props.onChoose(hit.id);
  };

  return (
    <div
      class={picture ? "stage covered" : "stage"}
      style={props.fits && width && height ? { aspectRatio: `${width} / ${height}` } : {}}
    >
      {props.children}
      <canvas ref={canvas} role="img" aria-label={props.label} onClick={choose} data-test="overlay" />
      {props.above}
    </div>
  );
}

function drawPicture(context: CanvasRenderingContext2D, picture: CanvasImageSource, scene: Scene): void {
  const { left, top, width, height } = scene.area;
  context.save();
  if (scene.mirrored) {
    context.translate(left * 2 + width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(picture, left, top, width, height);
  context.restore();
}
