/** Figures of a spectrum: how many directions features use, and how fast the use falls off. */

/** RankMe (Garrido et al. 2023, arXiv 2210.02885, eq. 1): exp of the entropy of the singular values' shares. `values` are their squares. */
export function rankMe(values: Float64Array): number {
  const singular = values.map((value) => Math.sqrt(Math.max(0, value)));
  const total = singular.reduce((sum, value) => sum + value, 0);
  if (total === 0) return 0;
  const entropy = singular.reduce((sum, value) => (value > 0 ? sum - (value / total) * Math.log(value / total) : sum), 0);
  return Math.exp(entropy);
}

/** The ranks a slope is fitted over, as in the code of Stringer et al. (2019) that alpha-ReQ uses; a small sample's tail says nothing. */
const firstRank = 11;
const lastRank = 100;
const fewestRanks = 5;
/** Below this share of the largest, an eigenvalue is rounding. */
const negligible = 1e-10;

/**
 * The slope of the covariance spectrum, alpha in lambda_j ~ j^-alpha (alpha-ReQ, Agrawal et al. 2022, arXiv 2202.05808, section 3): near 1 is best, much
 * above it few directions do all the work. `values` fall. Weighted least squares of the logarithms with weights 1 / j, over ranks 11 to 100, or from 2 to half
 * the eigenvalues where those are few. Null where there are too few eigenvalues.
 */
export function alphaReq(values: Float64Array): number | null {
  const largest = values[0] ?? 0;
  const numPositive = values.findIndex((value) => !(value > negligible * largest));
  const numUsable = numPositive < 0 ? values.length : numPositive;
  const last = Math.min(lastRank, Math.floor(numUsable / 2));
  const first = last >= 2 * firstRank ? firstRank : 2;
  if (last - first + 1 < fewestRanks) return null;
  let [sumW, sumX, sumY, sumXX, sumXY] = [0, 0, 0, 0, 0];
  for (let rank = first; rank <= last; rank++) {
    const weight = 1 / rank;
    const x = Math.log(rank);
    const y = Math.log(values[rank - 1] as number);
    sumW += weight;
    sumX += weight * x;
    sumY += weight * y;
    sumXX += weight * x * x;
    sumXY += weight * x * y;
  }
  return -(sumW * sumXY - sumX * sumY) / (sumW * sumXX - sumX * sumX);
}
