/** Draws a picture on its canvas, as soon as there is one. */
import type { Attachment } from "svelte/attachments";

export function drawn(picture: ImageBitmap | undefined): Attachment<HTMLCanvasElement> {
  return (canvas) => {
    const context = canvas.getContext("2d");
    context?.clearRect(0, 0, canvas.width, canvas.height);
    if (picture) context?.drawImage(picture, 0, 0);
  };
}
