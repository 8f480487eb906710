/** An SVG drawn by the page itself, as a file. Its look is in attributes, so that it stands on its own. */

import { FONT } from "../theme";
import type { Drawn } from "./Chart";

export function drawnSvg(picture: SVGSVGElement): Drawn {
  return { svg: async () => text(picture), png: () => png(picture) };
}

function text(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const { width, height } = picture.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("font-family", FONT);
  copy.querySelectorAll("[data-screen-only]").forEach((each) => each.remove());
  copy.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
  return new XMLSerializer().serializeToString(copy);
}

async function png(picture: SVGSVGElement, scale = 3): Promise<Blob> {
  const { width, height } = picture.viewBox.baseVal;
  const address = URL.createObjectURL(new Blob([text(picture)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: width * scale, height: height * scale });
    const pen = canvas.getContext("2d")!;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, fail) =>
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("no picture"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
