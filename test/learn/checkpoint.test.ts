import { describe, expect, it } from 'vitest';
import { checkSameRun, decodeCheckpoint, encodeCheckpoint, type Checkpoint } from '../../electron/learn/checkpoint.ts';

const figures = {
  spread: 0.4,
  rankMe: 20,
  alphaReq: 1.1,
  clusterStability: 0.7,
  neighbours: Int32Array.of(1, 2, 0),
  numNeighbours: 1,
  clusters: Int32Array.of(0, 0, 1),
};

const checkpoint: Checkpoint = {
  identity: { method: 'byol', px: 96, normOnly: false },
  step: 120,
  elapsedMs: 4321.5,
  curves: [{ step: 10, elapsedMs: 99, values: { loss: 1.25 } }],
  health: {
    reference: figures,
    previous: { ...figures, spread: 0.5, clusters: Int32Array.of(1, 0, 0) },
    records: [
      {
        step: 0,
        elapsedMs: 1,
        progress: 0,
        spread: 0.4,
        rankMe: 20,
        alphaReq: null,
        clusterStability: 0.7,
        agreement: 1,
        steadiness: 1,
        clusterSteadiness: 1,
        labelAccuracy: 0.5,
        outputSpread: null,
        verdict: 'good',
        alarms: [],
      },
    ],
    kept: {
      points: [{ step: 0, progress: 0, accuracy: 0.5, brierScore: 0.7, hasAlarm: false }],
      chosen: 0,
      weights: { weights: { dtype: 'float32', shape: [3], data: Float32Array.of(7, 8, 9) } },
    },
  },
  state: {
    // Five bytes before a float tensor: offsets must stay aligned.
    mask: { dtype: 'uint8', shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) },
    weights: { dtype: 'float32', shape: [2, 2], data: new Float32Array([9, 1.5, -2, 3, 4e-9]).subarray(1) },
    count: { dtype: 'int32', shape: [], data: Int32Array.of(-7) },
  },
};

describe('checkpoint', () => {
  it('comes back unchanged', () => {
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint);
    const early = { ...checkpoint, health: { reference: null, previous: null, records: [], kept: null } };
    expect(decodeCheckpoint(encodeCheckpoint(early))).toEqual(early);
    const { kept } = checkpoint.health;
    const atStart = { ...checkpoint, health: { ...checkpoint.health, kept: { ...kept!, weights: null } } };
    expect(decodeCheckpoint(encodeCheckpoint(atStart))).toEqual(atStart);
  });

  it('comes back from bytes that lie anywhere in a buffer', () => {
    const { meta, bytes } = encodeCheckpoint(checkpoint);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(decodeCheckpoint({ meta, bytes: shifted.subarray(1) })).toEqual(checkpoint);
  });

  it('refuses another version and missing bytes', () => {
    const { meta, bytes } = encodeCheckpoint(checkpoint);
    expect(() => decodeCheckpoint({ meta: meta.replace('"version":2', '"version":1'), bytes })).toThrow(/another version/);
    expect(() => decodeCheckpoint({ meta, bytes: bytes.subarray(0, 12) })).toThrow(/incomplete/);
  });

  it('refuses to resume a run with other settings, and names them', () => {
    expect(() => checkSameRun(checkpoint, { ...checkpoint.identity, px: 128 })).toThrow(/\(px\)/);
    expect(() => checkSameRun(checkpoint, { ...checkpoint.identity })).not.toThrow();
  });
});
