/** Images as the window shows them. Many values at once are columns (typed arrays of equal length), never lists of objects. */

export type ImageStatusView = 'ok' | 'unreadable' | 'missing';

export interface ImageView {
  readonly id: number;
  readonly sourceId: number;
  /** Below the source's folder, with forward slashes. */
  readonly relativePath: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  readonly sizeBytes: number;
  readonly status: ImageStatusView;
  readonly problem: { readonly code: string; readonly message: string } | null;
  readonly isExcluded: boolean;
  readonly isTest: boolean;
  readonly classId: number | null;
  readonly prediction: { readonly classId: number; readonly confidence: number } | null;
  readonly clusterId: number | null;
}

/** Of every image of the project, in the order of their ids. */
export interface ImageColumns {
  readonly ids: Int32Array;
  readonly sourceIds: Int32Array;
  /** 0 ok, 1 unreadable, 2 missing. */
  readonly status: Uint8Array;
  readonly isExcluded: Uint8Array;
  readonly isTest: Uint8Array;
  /** 0 where there is none. */
  readonly classIds: Int32Array;
  /** By the newest classifier; 0 where there is none. */
  readonly predictedIds: Int32Array;
  /** Of the prediction; NaN where there is none. */
  readonly confidence: Float32Array;
  /** Of the newest map; -1 where there is none. */
  readonly clusterIds: Int32Array;
}

/** Pixels to look at closely: interleaved samples as they are stored, reduced to at most 2048 a side. */
export interface ImageSamples {
  readonly width: number;
  readonly height: number;
  /** 1 or 3. */
  readonly channels: number;
  readonly bitsPerSample: 8 | 16;
  readonly data: Uint8Array | Uint16Array;
  /** Size of the file's image. */
  readonly fullWidth: number;
  readonly fullHeight: number;
}
