import { rmSync } from 'node:fs';
import { createProject } from '../../electron/project/open-project.ts';
const path = '/tmp/proj_try/z.acclimate';
rmSync(path, { force: true });
const p = createProject(path);
const s = p.sources.add('/tmp/proj_try/im').id;
const n = Number(process.argv[2]);
let t = performance.now();
const lap = (x: string) => {
  console.log(x, (performance.now() - t) | 0);
  t = performance.now();
};
p.scans.add(
  s,
  Array.from({ length: n }, (_, i) => ({
    relativePath: `${i}.jpg`,
    contentHash: `${i}`,
    status: 'ok' as const,
    sizeBytes: 1,
    modifiedMs: 1,
    width: 1,
    height: 1,
    format: 'png',
  })),
);
lap('add');
p.scans.finish(s);
lap('finish');
const ids = p.images.usable();
lap('usable');
p.images.getMany(ids);
lap('getMany');
const c = p.classes.add({ name: 'a', colour: '' }).id,
  d = p.classes.add({ name: 'b', colour: '' }).id;
p.labels.assign(ids, c);
lap('assign');
p.labels.assign(ids.subarray(0, n * 0.6), d);
lap('assign2');
p.labels.undo();
lap('undo');
p.labels.redo();
lap('redo');
p.images.find({ classId: c, text: '9' });
lap('find');
p.splits.assign('a', 't', ids);
lap('split');
p.images.find({ split: { name: 'a', part: 't' } });
lap('find split');
const key = {
  modelId: p.models.add({
    name: 'm',
    arch: 't',
    kind: 'base',
    parentId: null,
    method: '',
    px: 1,
    settings: {},
    metrics: {},
    outputs: null,
    weights: new Uint8Array(1),
  }).id,
  px: 8,
};
const D = 1280;
for (let k = 0; k < n; k += 1000) {
  const b = ids.subarray(k, k + 1000);
  p.embeddings.write(key, b, new Float32Array(b.length * D).fill(1));
}
lap('emb write');
p.embeddings.missing(key);
lap('missing');
p.embeddings.readAll(key);
lap('readAll');
p.embeddings.read(key, ids);
lap('read');
for (let i = 0; i < 200; i++) p.labels.assign([ids[i]!], i % 2 ? c : d);
lap('200 single labels');
p.classes.list();
lap('classes');
p.sources.list();
lap('sources');
p.labels.all();
lap('all');
p.images.counts();
lap('counts');
p.close();
