#!/usr/bin/env python3
"""Classifies images with model.onnx, which must lie beside this file.

    python predict.py IMAGE_OR_FOLDER... [--csv FILE]

Needs: pip install onnxruntime numpy pillow
"""

import argparse
import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageCms, ImageOps

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".avif", ".bmp", ".ppm", ".npy"}


# What is less sure than the model's threshold allows gets this answer.
NONE_OF_THESE = "none of these"


class Classifier:
    """The model with the names of its classes."""

    def __init__(self, path=Path(__file__).resolve().parent / "model.onnx"):
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        metadata = self.session.get_modelmeta().custom_metadata_map
        self.classes = json.loads(metadata["classes"])
        self.min_probability = float(metadata.get("min_probability", 0))

    def probabilities(self, images):
        """Probabilities [batch, classes] of RGB images, uint8 [batch, height, width, 3]."""
        return self.session.run(["probabilities"], {"images": images})[0]

    def classify(self, image):
        """Class, probability and whether that is enough to be sure, for one image, uint8 [height, width, 3]."""
        probabilities = self.probabilities(image[np.newaxis])[0]
        best = int(probabilities.argmax())
        return self.classes[best], float(probabilities[best]), bool(probabilities[best] >= self.min_probability)


def read_image(path):
    """An image file as uint8 [height, width, 3]: upright, sRGB, transparency over white."""
    if path.suffix.lower() == ".npy":
        pixels = np.load(path)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError("not an array of uint8 [height, width, 3]")
        return np.ascontiguousarray(pixels)
    with Image.open(path) as opened:
        profile = opened.info.get("icc_profile")
        transparent = "transparency" in opened.info
        if opened.mode.startswith(("RGB", "LA")) and any(";16" in str(tile) for tile in opened.tile):
            raise ValueError("16 bits per colour channel, which Pillow cuts down by itself: use predict.mjs, or save it with 8 bits")
        if opened.mode == "CMYK" and not profile:
            raise ValueError("CMYK without a colour profile: use predict.mjs, or save it as RGB")
        image = ImageOps.exif_transpose(opened)
    if image.mode == "F" or image.mode.startswith("I"):
        image = Image.fromarray(to_eight_bits(np.asarray(image, dtype=np.float64)))
    elif profile and image.mode in ("RGB", "CMYK"):
        image = to_srgb(image, profile)
    if transparent or image.mode in ("RGBA", "LA", "PA"):
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"))


def to_srgb(image, profile):
    """Colours converted by the image's own profile; left alone where that is damaged."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except ImageCms.PyCMSError:
        return image


def to_eight_bits(values):
    """More than 8 bits, grey: the range that the image uses, but for 0.01 % at each end, becomes 0 to 255."""
    ordered = np.sort(values, axis=None)
    left = int(values.size * 1e-4)
    low, high = ordered[left], ordered[-1 - left]
    if high <= low:
        return np.clip(values // 256, 0, 255).astype(np.uint8)
    return np.clip(np.floor((values - low) * 255 / (high - low) + 0.5), 0, 255).astype(np.uint8)


def files_of(path):
    """The image files of a folder and its subfolders, or the file itself."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix.lower() in EXTENSIONS and file.is_file())


def main():
    parser = argparse.ArgumentParser(description="Classifies images with model.onnx.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="IMAGE_OR_FOLDER")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="also write the answers there")
    arguments = parser.parse_args()
    classifier = Classifier()
    rows = []
    num_failed = 0
    for file in (file for path in arguments.paths for file in files_of(path)):
        try:
            name, probability, sure = classifier.classify(read_image(file))
        except Exception as error:
            num_failed += 1
            print(f"{file}: {error}", file=sys.stderr)
            continue
        print(f"{file}\t{' '.join(name.split())}\t{probability:.4f}" + ("" if sure else "\tunsure: none of these"))
        rows.append([str(file), name, f"{probability:.6f}", "yes" if sure else "no", name if sure else NONE_OF_THESE])
    if arguments.csv:
        with open(arguments.csv, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "class", "probability", "sure", "answer"])
            writer.writerows(rows)
    return 1 if num_failed else 0


if __name__ == "__main__":
    sys.exit(main())
