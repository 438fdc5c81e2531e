import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';

/** Why a file or folder could not be used. */
export type ImageProblemCode =
  | 'empty' // zero bytes
  | 'truncated' // the end of the file is missing
  | 'corrupt' // damaged in another way
  | 'not-an-image' // text, a web page, a PDF, an archive, ...
  | 'unsupported-format' // an image of a kind that is not read: HEIC, RAW, SVG, ...
  | 'too-large' // more pixels or bytes than the limit
  | 'unreadable' // permission denied or a failing disk
  | 'vanished' // gone since the scan
  | 'changed' // written to while it was read, or since it was imported
  | 'broken-link' // a symbolic link to nothing or to itself
  | 'not-a-file' // a folder, pipe, socket or device where an image was expected
  | 'odd-name'; // the name is not valid text

/** One file that cannot be used. `message` is for a person: what is wrong and a way out; it does not repeat the path. */
export interface ImageProblem {
  readonly path: string;
  readonly code: ImageProblemCode;
  readonly message: string;
}

const errorCodes: Record<ImageProblemCode, ErrorCode> = {
  empty: 'invalid-input',
  truncated: 'invalid-input',
  corrupt: 'invalid-input',
  'not-an-image': 'invalid-input',
  'unsupported-format': 'unsupported',
  'too-large': 'unsupported',
  unreadable: 'io',
  vanished: 'not-found',
  changed: 'conflict',
  'broken-link': 'not-found',
  'not-a-file': 'invalid-input',
  'odd-name': 'invalid-input',
};

/** Thrown by everything that reads one image; carries the problem for those who collect instead of stopping. */
export class ImageError extends AppError {
  readonly problem: ImageProblem;

  constructor(path: string, code: ImageProblemCode, message: string, cause?: unknown) {
    super(errorCodes[code], message, { details: { path, code }, cause });
    this.name = 'ImageError';
    this.problem = { path, code, message };
  }
}

/** The `code` of an error from Node's file system calls, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Turns a failed file system call on `path` into an ImageError that says what to do. */
export function fromSystemError(path: string, error: unknown): ImageError {
  const code = systemErrorCode(error);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ImageError(path, 'vanished', 'Not there any more: moved, renamed or deleted. Import the folder again.', error);
    case 'EACCES':
    case 'EPERM':
      return new ImageError(path, 'unreadable', 'Permission denied. Give your user the right to read it, then import again.', error);
    case 'ELOOP':
      return new ImageError(path, 'broken-link', 'A symbolic link that leads back to itself. Delete it or point it at the image.', error);
    case 'EISDIR':
    case 'ENXIO':
      return new ImageError(path, 'not-a-file', 'Not a regular file. Remove it from the folder or rename it.', error);
    case 'ENAMETOOLONG':
      return new ImageError(
        path,
        'unreadable',
        'The path is too long for this system. Move the folder nearer to the root of the disk.',
        error,
      );
    case 'EMFILE':
    case 'ENFILE':
      return new ImageError(path, 'unreadable', 'Too many files are open on this machine. Close other programs, then import again.', error);
    case undefined:
    default:
      return new ImageError(
        path,
        'unreadable',
        `The disk or network drive refused to read it (${code ?? String(error)}). Check the drive and the cable, then import again.`,
        error,
      );
  }
}
