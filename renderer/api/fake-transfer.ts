/** Learning from other folders, and a smaller classifier, in the engine in memory. */
import type { SourcesView, StudentPlan, StudentView } from '../../electron/contract/domain.ts';

/** Two folders were compared, one of which helps. */
export const fakeSources: SourcesView = {
  stages: [],
  choice: {
    scores: [
      { folder: null, modelId: 1, accuracy: 0.71, consistency: 0.62, isChosen: false },
      { folder: '/data/Bone marrow 2019', modelId: 2, accuracy: 0.78, consistency: 0.7, isChosen: true },
      { folder: '/data/Satellite tiles', modelId: 1, accuracy: 0.66, consistency: 0.58, isChosen: false },
    ],
    basis: 'labels',
    numLabels: 96,
    createdAt: 1_760_000_000_000,
  },
  nextId: null,
};

export const fakeStudentPlan: StudentPlan = {
  teacherId: 3,
  teacherName: 'probe on 96 labels',
  teacherArch: 'resnet18',
  numParameters: 11_179_590,
  bases: [
    {
      ref: '/home/ada/.local/share/acclimate/models/mobilenetv2_example.safetensors',
      ...{ name: 'mobilenetv2_example', arch: 'mobilenet_v2', isPretrained: true, numParameters: 2_231_558 },
    },
    { ref: 'scratch:tiny', name: 'Untrained tiny', arch: 'tiny', isPretrained: false, numParameters: 25_000 },
  ],
  minutes: 10,
};

export const fakeStudent: StudentView = {
  teacher: {
    ...{
      modelId: 3,
      name: 'resnet18 + byol + probe on 96 labels',
      arch: 'resnet18',
      px: 160,
      numParameters: 11_179_590,
      numBytes: 44_720_000,
    },
    ...{ msPerImage: 21.4, accuracy: { estimate: 0.884, low: 0.801, high: 0.936 } },
  },
  student: {
    ...{ modelId: 4, name: 'mobilenetv2 + distil + probe on 96 labels, distilled', arch: 'mobilenet_v2', px: 128 },
    ...{ numParameters: 2_231_558, numBytes: 8_930_000, msPerImage: 6.2, accuracy: { estimate: 0.869, low: 0.784, high: 0.924 } },
  },
  agreement: 0.947,
  seconds: 912,
  createdAt: 1_760_000_000_000,
};
