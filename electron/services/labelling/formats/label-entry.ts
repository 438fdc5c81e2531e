/** What every format of labels comes down to. */

/** One image and its label, as a file says it. */
export interface LabelEntry {
  /** Where in the file, for messages: 'line 3', 'images[7]'. */
  readonly where: string;
  /** As the file has it; it may come from another machine. */
  readonly path: string;
  readonly label: string;
}

/** What a file says. */
export interface LabelFile {
  readonly entries: readonly LabelEntry[];
  /** What it says that is no label of an image, each with its place and the reason. */
  readonly leftOut: readonly string[];
}

/** An image to write, with its label. */
export interface LabelledImage {
  readonly id: number;
  /** With forward slashes, below its source where that names one image. */
  readonly path: string;
  readonly label: string;
  /** Pixels; 0 where they were never read. */
  readonly width: number;
  readonly height: number;
}
