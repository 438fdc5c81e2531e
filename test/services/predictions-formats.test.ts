import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportHandlers } from '../../electron/services/api/export.ts';
import { importFolders } from '../../electron/services/intake/import-folder.ts';
import { readLabels } from '../../electron/services/labelling/formats/read-labels.ts';
import { pictureProject } from './labelled-project.ts';
import type { LabelledProject } from './labelled-project.ts';

interface Detections {
  readonly info: Readonly<Record<string, unknown>>;
  readonly detection_categories: Readonly<Record<string, string>>;
  readonly classification_categories: Readonly<Record<string, string>>;
  readonly images: readonly {
    readonly file: string;
    readonly failure?: string;
    readonly max_detection_conf?: number;
    readonly detections:
      | readonly {
          readonly category: string;
          readonly conf: number;
          readonly bbox: number[];
          readonly classifications: [string, number][];
        }[]
      | null;
  }[];
}

/** A classifier of these classes that says of image i what `rows[i]` says. */
async function predicted(names: readonly string[], rows: readonly (readonly number[])[]): Promise<LabelledProject> {
  const made = await pictureProject({ red: rows.length });
  const { project } = made.workspace;
  const outputs = names.map((name, i) => ({ classId: project.classes.add({ name, colour: '#000000', key: null }).id, name: `old ${i}` }));
  const [base] = project.models.list();
  const model = project.models.add({
    name: 'classifier 1',
    arch: base!.arch,
    kind: 'classifier',
    parentId: base!.id,
    method: 'linear',
    px: 64,
    settings: {},
    metrics: {},
    outputs,
    weights: new Uint8Array(4),
  });
  project.predictions.write(model.id, project.images.usable(), Float32Array.from(rows.flat()));
  return made;
}

const exported = async ({ host }: LabelledProject): Promise<{ text: string; file: Detections }> => {
  const { text, fileName } = await exportHandlers(host)['predictions.exportFile']({ format: 'detections' });
  expect(fileName).toBe('pictures-predictions-detections.json');
  return { text, file: JSON.parse(text) as Detections };
};

describe('the detection JSON', () => {
  it('has what the format asks for: texts as ids, fractions with a point, boxes of whole images, classes in descending order', async () => {
    const made = await predicted(
      ['fox', 'elk', 'owl'],
      [
        [1, 0, 0],
        [0.2, 0.305, 0.495],
      ],
    );
    const { text, file } = await exported(made);
    expect(file.info['format_version']).toBe('1.5');
    expect(file.detection_categories).toEqual({ '1': 'animal', '2': 'person', '3': 'vehicle' });
    expect(file.classification_categories).toEqual({ '1': 'fox', '2': 'elk', '3': 'owl' });
    expect(file.images).toEqual([
      {
        file: 'red/red-00.png',
        max_detection_conf: 1,
        detections: [{ category: '1', conf: 1, bbox: [0, 0, 1, 1], classifications: [['1', 1]] }],
      },
      {
        file: 'red/red-01.png',
        max_detection_conf: 1,
        detections: [
          {
            category: '1',
            conf: 1,
            bbox: [0, 0, 1, 1],
            classifications: [
              ['3', 0.495],
              ['2', 0.305],
              ['1', 0.2],
            ],
          },
        ],
      },
    ]);
    // Python tells a float from an int by the point, and the format's validator insists on floats.
    expect(text).toContain('"conf":1.0000,"bbox":[0.0,0.0,1.0,1.0],"classifications":[["1",1.0000]]');
  });

  it('is sure of something as far as it is not empty, and calls people and vehicles what they are', async () => {
    const made = await predicted(
      ['Empty', 'fox', 'Human', 'vehicle', 'elk'],
      [
        [0.9, 0.05, 0.05, 0, 0],
        [0.1, 0.3, 0.3, 0, 0.3],
        [0.1, 0.1, 0.7, 0.1, 0],
        [0, 0, 0.1, 0.9, 0],
      ],
    );
    const { file } = await exported(made);
    const [empty, animal, person, vehicle] = file.images.map(({ detections }) => detections![0]!);
    expect(empty!.conf).toBeCloseTo(0.05, 4);
    expect(animal).toMatchObject({
      category: '1',
      conf: 0.6,
      classifications: [
        ['2', 0.3],
        ['5', 0.3],
      ],
    });
    expect(person).toMatchObject({ category: '2', conf: 0.7, classifications: [['3', 0.7]] });
    expect(vehicle).toMatchObject({ category: '3', conf: 0.9 });
  });

  it('names files that cannot be read as failures, without detections', async () => {
    const made = await predicted(['fox', 'elk'], [[1, 0]]);
    const images = join(made.folder, 'pictures');
    writeFileSync(join(images, 'bro "ken".jpg'), 'no image');
    await importFolders(made.workspace, [images]);
    const { file } = await exported(made);
    expect(file.images).toHaveLength(2);
    expect(file.images[1]).toEqual({ file: 'bro "ken".jpg', failure: 'Failure image access', detections: null });
  });
});

describe('tasks with predictions', () => {
  it('hold the answer and its score as pre-annotation, and labels as annotations, which alone come back', async () => {
    const made = await predicted(
      ['fox', 'elk'],
      [
        [0.75, 0.25],
        [0.25, 0.75],
      ],
    );
    const { project } = made.workspace;
    project.labels.assign(made.ids('red').slice(0, 1), project.classes.findByName('elk')!.id);
    const { text } = await exportHandlers(made.host)['predictions.exportFile']({ format: 'label-studio' });
    const tasks = JSON.parse(text) as { data: object; annotations: object[]; predictions: object[] }[];
    const choice = (label: string): object => ({ from_name: 'label', to_name: 'image', type: 'choices', value: { choices: [label] } });
    expect(tasks).toMatchObject([
      {
        data: { image: '/data/local-files/?d=red/red-00.png', path: 'red/red-00.png' },
        annotations: [{ result: [choice('elk')] }],
        predictions: [{ model_version: 'classifier 1', score: 0.75, result: [choice('fox')] }],
      },
      { annotations: [], predictions: [{ score: 0.75, result: [choice('elk')] }] },
    ]);
    expect(readLabels('f', text)).toMatchObject({
      entries: [{ path: 'red/red-00.png', label: 'elk' }],
      leftOut: ['[1], red/red-01.png: it has a prediction, but nobody’s answer'],
    });
  });
});
