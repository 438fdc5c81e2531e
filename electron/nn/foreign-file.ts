/** Files that are offered as weights and are something else: told by their first bytes, with a way out for each. */
import { AppError } from '../contract/errors.ts';

/** Bytes from the start of a file that suffice. */
export const numTellingBytes = 64;

const convertFromTorch = [
  'import torch; from safetensors.torch import save_file',
  "weights = torch.load('FILE', map_location='cpu', weights_only=True)",
  "save_file({name: tensor.contiguous() for name, tensor in weights.items()}, 'weights.safetensors')",
].join('\n');

const torchWayOut = `It can run code when it is opened, so Acclimate does not open it. Convert it with three lines of Python (pip install torch safetensors):\n${convertFromTorch}\nWhere the weights lie in an entry of the file, take that first: weights = weights['state_dict'], or ['model'].`;

/** Throws `AppError` 'unsupported' where a file that begins with these bytes is of a kind known here and no safetensors file. */
export function refuseForeignFile(start: Uint8Array, name: string): void {
  const reason = foreignKind(start, name);
  if (reason !== null) throw new AppError('unsupported', `${name} ${reason}`);
}

function foreignKind(start: Uint8Array, name: string): string | null {
  const text = String.fromCharCode(...start.subarray(0, numTellingBytes));
  if (start.length === 0) return 'is empty. Download or export it again.';
  // A pickle begins with its protocol; PyTorch before 1.6 wrote one alone, later ones a zip archive with a pickle in it. The ninth byte of a
  // safetensors file, whose length may begin with the same two, is a brace.
  if (start[0] === 0x80 && (start[1] ?? 0) >= 2 && (start[1] ?? 0) <= 5 && start[8] !== 0x7b)
    return `is a pickle of PyTorch or Python. ${torchWayOut}`;
  if (text.startsWith('PK\x03\x04')) return zipKind(text.slice(30), name);
  if (text.startsWith('\x89HDF'))
    return 'is an HDF5 file of Keras. Save the weights as safetensors with the names and order that PyTorch has, and give that file.';
  if (text.startsWith('GGUF')) return 'is a GGUF file, a format for language models. Give a safetensors file of an image network.';
  if (text.startsWith('version https://git-lfs'))
    return 'is only a pointer of Git LFS, not the weights themselves. Run "git lfs pull", or download the file itself.';
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return 'is a web page, not a weights file. Use the link that downloads the file itself.';
  if (text.startsWith('\x08') && name.endsWith('.onnx')) return 'is an ONNX model. Give the weights it was made from, as safetensors.';
  return null;
}

function zipKind(entry: string, name: string): string {
  if (/^[^/\x00]*\.npy/.test(entry) || name.endsWith('.npz'))
    return 'is a NumPy archive. Save its arrays as safetensors under the names that PyTorch has, and give that file.';
  if (name.endsWith('.keras'))
    return 'is a Keras model. Save its weights as safetensors with the names and order that PyTorch has, and give that file.';
  if (/^[^/]+\/(data\.pkl|version|byteorder|\.format|code)/.test(entry) || /\.(pth?|bin|ckpt|tar)$/i.test(name))
    return `is a PyTorch file (a pickle). ${torchWayOut}`;
  return 'is a zip archive. Unpack it, and give the safetensors file in it.';
}
