import type { Handlers } from '../../contract/calls.ts';
import type { LabelImportView } from '../../contract/domain.ts';
import type { Host } from '../host.ts';
import { bulkLabelled } from '../labelling/bulk-labels.ts';
import { answersFromFolders, answersFromText, assignAnswers, labelReport, unfiled } from '../labelling/label-images.ts';
import type { ParsedLabels } from '../labelling/label-images.ts';
import { labelFileEndings, writeLabels } from '../labelling/formats/write-labels.ts';
import { publishLabels } from '../labelling/label-news.ts';
import { nameOf } from '../projects/project-place.ts';

type Calls =
  'labels.assign' | 'labels.clear' | 'labels.undo' | 'labels.redo' | 'labels.importFile' | 'labels.importFolders' | 'labels.exportFile';

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
    'labels.importFile': ({ name, text, format }) => apply(answersFromText(host.workspace(), name, text, format)),
    'labels.importFolders': () => apply(unfiled(answersFromFolders(host.workspace()))),
    'labels.exportFile': ({ format }) => {
      const workspace = host.workspace();
      return { fileName: `${nameOf(workspace.project.path)}-${labelFileEndings[format]}`, text: writeLabels(workspace, format) };
    },
  };
}
