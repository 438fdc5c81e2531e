/** How an image lies in the viewer: `scale` screen px a pixel of the image, and where the image's corner is on the screen. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const margin = 24;
const maxScale = 64;

/** The largest scale at which the whole image is seen; small images are enlarged to four times at most. */
export function fitScale(image: Size, stage: Size): number {
  const width = Math.max(1, stage.width - 2 * margin);
  const height = Math.max(1, stage.height - 2 * margin);
  return Math.min(4, width / Math.max(1, image.width), height / Math.max(1, image.height));
}

/** The whole image in the middle. */
export function fit(image: Size, stage: Size): Camera {
  const scale = fitScale(image, stage);
  return centred(image, stage, scale);
}

function centred(image: Size, stage: Size, scale: number): Camera {
  return { scale, x: (stage.width - image.width * scale) / 2, y: (stage.height - image.height * scale) / 2 };
}

/** Zooms by a factor so that what is under a point of the screen stays there. */
export function zoomAt(camera: Camera, factor: number, at: { readonly x: number; readonly y: number }, image: Size, stage: Size): Camera {
  const least = Math.min(1, fitScale(image, stage));
  const scale = Math.max(least, Math.min(maxScale, camera.scale * factor));
  const ratio = scale / camera.scale;
  return clamp({ scale, x: at.x - (at.x - camera.x) * ratio, y: at.y - (at.y - camera.y) * ratio }, image, stage);
}

export function pan(camera: Camera, dx: number, dy: number, image: Size, stage: Size): Camera {
  return clamp({ ...camera, x: camera.x + dx, y: camera.y + dy }, image, stage);
}

/** An image smaller than the stage stays in the middle, a larger one never leaves an edge of the stage further than the margin. */
export function clamp(camera: Camera, image: Size, stage: Size): Camera {
  const along = (at: number, size: number, room: number): number =>
    size <= room ? (room - size) / 2 : Math.max(room - size - margin, Math.min(margin, at));
  return {
    scale: camera.scale,
    x: along(camera.x, image.width * camera.scale, stage.width),
    y: along(camera.y, image.height * camera.scale, stage.height),
  };
}

/** Pixel of the image under a point of the screen, or null beside it. */
export function pixelAt(camera: Camera, at: { readonly x: number; readonly y: number }, image: Size): { x: number; y: number } | null {
  const x = Math.floor((at.x - camera.x) / camera.scale);
  const y = Math.floor((at.y - camera.y) / camera.scale);
  return x >= 0 && y >= 0 && x < image.width && y < image.height ? { x, y } : null;
}
