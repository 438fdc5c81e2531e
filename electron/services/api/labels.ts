import type { Handlers } from '../../contract/calls.ts';
import type { LabelImportView } from '../../contract/domain.ts';
import type { Host } from '../host.ts';
import { bulkLabelled } from '../labelling/bulk-labels.ts';
import { answersFromCsvText, answersFromFolders, assignAnswers, labelReport } from '../labelling/label-images.ts';
import type { ParsedLabels } from '../labelling/label-images.ts';
import { labelsCsv } from '../labelling/labels-csv.ts';
import { publishLabels } from '../labelling/label-news.ts';
import { nameOf } from '../projects/project-place.ts';

type Calls =
  'labels.assign' | 'labels.clear' | 'labels.undo' | 'labels.redo' | 'labels.importCsv' | 'labels.importFolders' | 'labels.exportCsv';

/** Giving and taking labels, and bringing them in and out as text. */
export function labelHandlers(host: Host): Pick<Handlers, Calls> {
  const apply = (parsed: ParsedLabels): LabelImportView => {
    const workspace = host.workspace();
    publishLabels(host, assignAnswers(workspace, parsed.answers));
    return labelReport(workspace, parsed);
  };
  return {
    'labels.assign': ({ ids, classId, isSuggestion }) => {
      const workspace = host.workspace();
      const bulk = bulkLabelled(workspace, ids);
      const change = workspace.project.labels.assign(bulk.ids, classId, isSuggestion === true ? 'suggested-accepted' : 'user');
      return { ...publishLabels(host, change), numLeftOut: bulk.numLeftOut };
    },
    'labels.clear': ({ ids }) => publishLabels(host, host.workspace().project.labels.clear(ids)),
    'labels.undo': () => publishLabels(host, host.workspace().project.labels.undo(), 'undo'),
    'labels.redo': () => publishLabels(host, host.workspace().project.labels.redo(), 'redo'),
    'labels.importCsv': ({ name, text }) => apply(answersFromCsvText(host.workspace(), name, text)),
    'labels.importFolders': () => apply({ answers: answersFromFolders(host.workspace()), unmatched: [] }),
    'labels.exportCsv': () => {
      const workspace = host.workspace();
      return { fileName: `${nameOf(workspace.project.path)}-labels.csv`, text: labelsCsv(workspace) };
    },
  };
}
