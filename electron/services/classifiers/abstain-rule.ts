/** From which probability on a classifier's answer counts, by the risk that its owner accepts. */
import { z } from 'zod';
import type { AbstainView } from '../../contract/domain.ts';
import { guaranteedThreshold, observedThreshold } from '../../learn/abstain.ts';
import type { Workspace } from '../workspace.ts';
import type { StoredCheck } from './check.ts';

const settingKey = 'maxRisk';
const defaultRisk = 0.05;

/** Null for answering always. */
export const maxRiskSchema = z.number().positive().lt(1).nullable();

/** The share of the answers that may be wrong; 5 % unless set. */
export function maxRisk({ project }: Workspace): number | null {
  const parsed = maxRiskSchema.safeParse(project.settings.get(settingKey));
  return parsed.success ? parsed.data : defaultRisk;
}

export function setMaxRisk({ project }: Workspace, risk: number | null): void {
  project.settings.set(settingKey, risk);
}

/** How sure each measured prediction was. */
export function confidenceOf({ predicted, confidence }: StoredCheck['cases']): number[] {
  return predicted.map((_, i) => confidence?.[i] ?? 0);
}

/** 1 where the prediction was right. */
export function correctOf({ predicted, truth }: StoredCheck['cases']): number[] {
  return predicted.map((label, i) => (label === truth[i] ? 1 : 0));
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

/** The threshold that a measurement allows, and what it means. Only images kept apart can promise anything. */
export function abstainView(workspace: Workspace, { cases, metrics }: StoredCheck): AbstainView {
  const risk = maxRisk(workspace);
  if (risk === null) return { maxRisk: null, rule: null, words: 'Every image gets an answer, however unsure.' };
  const [confidence, correct] = [confidenceOf(cases), correctOf(cases)];
  const isSample = metrics.sampling.basis === 'held-out' && !metrics.sampling.isWeighted && !metrics.sampling.isGrouped;
  const promised = isSample ? guaranteedThreshold(confidence, correct, { maxRisk: risk }) : null;
  const found = promised ?? observedThreshold(confidence, correct, { maxRisk: risk });
  if (found === null) {
    const words = `Even of the surest answers more than ${percent(risk)} were wrong, so no threshold keeps to that. Every image gets an answer.`;
    return { maxRisk: risk, rule: null, words };
  }
  const rule = { ...found, isPromised: promised !== null };
  return { maxRisk: risk, rule, words: wordsOf(rule, risk, metrics.sampling.basis) };
}

function wordsOf(rule: NonNullable<AbstainView['rule']>, risk: number, basis: StoredCheck['metrics']['sampling']['basis']): string {
  const { minProbability, coverage, numAnswered, numMeasured, riskBound, isPromised } = rule;
  // Rounded up, a threshold just below 1 would read as certainty.
  const sure = `${(Math.floor(1000 * minProbability) / 10).toFixed(1)} %`;
  const answered = `Answers that are at least ${sure} sure count; the rest is “none of these”. That answers ${percent(coverage)} of the images`;
  const wrong = `of the ${numAnswered} it answered among the ${numMeasured} measured, ${percent(rule.risk)} were wrong`;
  if (isPromised) return `${answered}, and promises that at most ${percent(risk)} of the answers are wrong (in 95 of 100 cases): ${wrong}.`;
  const why =
    basis === 'held-out' ? 'so few images cannot promise it' : 'these are no images kept apart, so they cannot promise anything of others';
  return `${answered}. ${wrong[0]?.toUpperCase() ?? ''}${wrong.slice(1)}, but ${why}: up to ${percent(riskBound)} is possible even so.`;
}
