const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  xml: 'application/xml',
};

/** Hands a text to the browser as a file to save. */
export function downloadText(fileName: string, text: string): void {
  const type = types[fileName.slice(fileName.lastIndexOf('.') + 1)] ?? 'text/plain';
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // Some browsers read it only after this has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
