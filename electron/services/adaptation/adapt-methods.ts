/** The methods of adaptation in plain words. */
import type { AdaptMethodView } from '../../contract/domain.ts';
import { adaptMethods } from '../../learn/adapt.ts';
import type { AdaptMethod } from '../../learn/adapt.ts';

/** Title and description by method; a method without them does not compile. */
export const methodTexts: Readonly<Record<AdaptMethod, Omit<AdaptMethodView, 'name'>>> = {
  byol: {
    title: 'BYOL',
    description:
      'Shows the network two altered views of each image and has it predict one from the other. The first choice: it helped on every set of ' +
      'images we measured, from some hundreds of images on.',
  },
  diet: {
    title: 'DIET',
    description:
      'Has the network tell every single image from all others. Simple, fast and steady with few images or starting without pretrained weights; ' +
      'slower to help where there are very many images.',
  },
};

/** Whether a name, of whatever origin, is that of a method. */
export function isAdaptMethod(name: string): name is AdaptMethod {
  return Object.hasOwn(adaptMethods, name);
}

/** Every method, the first choice first. */
export function methodViews(): AdaptMethodView[] {
  const order: readonly AdaptMethod[] = ['byol', 'diet'];
  return order.map((name) => ({ name, ...methodTexts[name] }));
}

/** A budget in words. */
export function describeBudget(budget: { readonly minutes: number } | { readonly steps: number }): string {
  if ('steps' in budget) return `${budget.steps.toLocaleString('en')} steps`;
  return budget.minutes < 1 ? `${Math.round(budget.minutes * 60)} s` : `${Number(budget.minutes.toFixed(1))} min`;
}
