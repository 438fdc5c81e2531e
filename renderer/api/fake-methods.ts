/** The methods of the engine in memory: as many and as wordy as the real ones. */
import type { AdaptMethodView } from '../../electron/contract/domain.ts';

export const fakeMethods: readonly AdaptMethodView[] = [
  {
    name: 'byol',
    family: 'views',
    isFirstChoice: true,
    canStandBesideLabels: true,
    title: 'BYOL',
    description:
      'Shows the network two altered views of each image and has it predict one from the other. The first choice: given ten minutes it helped on all four sets of images we measured.',
  },
  {
    name: 'diet',
    family: 'classes',
    isFirstChoice: true,
    canStandBesideLabels: false,
    title: 'DIET',
    description:
      'Has the network tell every single image from all others. Simple, fast and steady with few images or starting without pretrained weights; slower to help where there are very many images.',
  },
  {
    name: 'diet-cp',
    family: 'classes',
    isFirstChoice: true,
    canStandBesideLabels: false,
    title: 'DIET, head first',
    description:
      'DIET that leaves the network as it is for the first tenth, so that it learns no less from the last steps than from the first; then gently. For a few hundred to some thousand images and a network that is good already.',
  },
  {
    name: 'simclr',
    family: 'views',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'SimCLR',
    description:
      'Has the network find the other view of an image among the views of all images of a step. Clear and steady, but it learns from what is in one step: large batches suit it, and copies among your images confuse it.',
  },
  {
    name: 'moco',
    family: 'views',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'MoCo v2',
    description:
      'Like SimCLR, but with a memory of many earlier images to compare with, so small batches do. The method of the study this app follows in its stages (HPT); proven on the most kinds of images.',
  },
  {
    name: 'dino',
    family: 'classes',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'DINO',
    description:
      'Sorts images into many groups of its own making, and asks small cut-outs to end up where the whole image does. Good where what matters is a part of the picture; takes longer per image than BYOL.',
  },
  {
    name: 'obow',
    family: 'classes',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'OBoW',
    description:
      'Keeps a changing vocabulary of details seen in your images, and has the network tell from a small cut-out which of them the whole image holds. Good for textures and scenes of many parts.',
  },
  {
    name: 'simsiam',
    family: 'views',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'SimSiam',
    description:
      'Like BYOL without a second network: faster per image, but it may settle on too few differences where images are few. The alarm then stops it.',
  },
  {
    name: 'vicreg',
    family: 'views',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'VICReg',
    description:
      'Asks two views of an image to agree, every feature to vary, and no two features to say the same. Without a second network or negatives; wants batches of 64 and more.',
  },
  {
    name: 'barlow',
    family: 'views',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Barlow Twins',
    description:
      'Like VICReg, by correlations over the images of a step: what two views say should agree, and no two features should say the same. Wants batches of 64 and more.',
  },
  {
    name: 'rotation',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Rotation',
    description:
      'Turns each image by a quarter, a half or three quarters, and has the network tell by how much. Only for images that have an up, as photographs do; useless for cells, surfaces and views from above.',
  },
  {
    name: 'jigsaw',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Jigsaw',
    description:
      'Cuts each image into nine tiles, shuffles them and has the network tell how. Learns how parts belong together; mostly for a network that starts from nothing.',
  },
  {
    name: 'jigsaw-plus',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Jigsaw++',
    description: 'The jigsaw made harder: up to two of the nine tiles are those of another image.',
  },
  {
    name: 'colourise',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Colourising',
    description:
      'Shows the network each image in grey and has it tell the colours. For a network that starts from nothing, on images whose colour goes with what they show; useless for grey images.',
  },
  {
    name: 'restore',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Restoring',
    description:
      'Blurs parts of each image, takes away their colour, and has the network restore them. Mostly for a network that starts from nothing.',
  },
  {
    name: 'inpaint',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'In-painting',
    description: 'Cuts holes into each image and has the network fill them in. Mostly for a network that starts from nothing.',
  },
  {
    name: 'denoise',
    family: 'pretext',
    isFirstChoice: false,
    canStandBesideLabels: true,
    title: 'Denoising',
    description:
      'Adds noise to each image and has the network take it away: a denoising autoencoder. The oldest of these tasks; mostly for a network that starts from nothing.',
  },
  {
    name: 'bownet',
    family: 'classes',
    isFirstChoice: false,
    canStandBesideLabels: false,
    title: 'BoWNet',
    description:
      'Has the network tell, from an altered part of an image, which patterns it saw in the whole image when it started. It can only refine what the starting network sees, so it wants pretrained weights.',
  },
];
