// A photo as it will be kept: at most 2048 px, JPEG, without the camera's metadata (place included).

import { Failure } from "./failure";

export const LONGEST = 2048;
const QUALITY = 0.82;

/** Width and height that fit into the longest side. */
export function fitted(width: number, height: number, longest: number = LONGEST): [number, number] {
  const scale = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

function jpeg(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void =>
      blob === null ? reject(new Failure("no_jpeg")) : resolve(blob);
    canvas.toBlob(done, "image/jpeg", QUALITY);
  });
}

/** Shrink what the camera gave. The hash is taken of these bytes, so shrinking comes first. */
export async function shrunk(file: Blob): Promise<ArrayBuffer> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Failure("no_picture", { cause });
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = fitted(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return (await jpeg(canvas)).arrayBuffer();
}
