import { describe, expect, it } from 'vitest';
import { createFakeBridge } from '../../../renderer/api/fake-bridge.ts';
import { casesOfCell, cellStrength, numRelabelled, surestMistakes } from '../../../renderer/views/check/cases.ts';
import type { CheckView } from '../../../electron/contract/domain.ts';

/** Three classes; images 1 to 6, of which 2, 4 and 5 are mistaken. */
function checked(): CheckView {
  const check = createFakeBridge({ numKinds: 3, numLabelled: 60, isFinished: true }).project.check();
  return {
    ...check,
    cases: {
      imageIds: Int32Array.of(1, 2, 3, 4, 5, 6),
      truth: Int32Array.of(0, 0, 1, 1, 1, 2),
      predicted: Int32Array.of(0, 1, 1, 0, 0, 2),
      confidence: Float32Array.of(0.9, 0.6, 0.8, 0.7, 0.95, 0.5),
    },
  };
}

describe('cases of a check', () => {
  it('are found by cell, the surest first', () => {
    expect(casesOfCell(checked(), 1, 0).map(({ imageId }) => imageId)).toEqual([5, 4]);
    expect(casesOfCell(checked(), 0, 0).map(({ imageId }) => imageId)).toEqual([1]);
    expect(casesOfCell(checked(), 2, 1)).toEqual([]);
  });

  it('are the surest mistakes, and no others', () => {
    expect(surestMistakes(checked(), 2).map(({ imageId }) => imageId)).toEqual([5, 4]);
    expect(surestMistakes(checked(), 10)).toHaveLength(3);
  });

  it('count as relabelled where their class is another one now, or gone', () => {
    const check = checked();
    const columns = createFakeBridge({ numImages: 6 }).project.columns();
    const classIds = Int32Array.from(check.cases.truth, (truth) => check.classes[truth]?.id ?? 0);
    expect(numRelabelled(check, { ...columns, classIds })).toBe(0);
    classIds[1] = check.classes[2]?.id ?? 0;
    classIds[5] = 0;
    expect(numRelabelled(check, { ...columns, classIds })).toBe(2);
    expect(numRelabelled(check, null)).toBe(0);
  });

  it('show in a row by their share of it', () => {
    expect(cellStrength([1, 3, 0], 1)).toBe(0.75);
    expect(cellStrength([0, 0, 0], 1)).toBe(0);
  });
});
