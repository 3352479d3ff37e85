/** What the origin of the API `deframe` answers: yield strategies, as a DeFi API lists them. */

interface Strategy {
  readonly id: string;
  readonly protocol: string;
  readonly asset: string;
  readonly network: string;
  readonly chainId: number;
  /** Yearly yield as a fraction: 0.0412 is 4.12 %. */
  readonly apy: number;
  readonly tvlUsd: number;
  readonly risk: "low" | "medium" | "high";
  readonly updatedAt: string;
}

const STRATEGIES: readonly Strategy[] = [
  {
    id: "aave-v3-usdc-base",
    protocol: "Aave v3",
    asset: "USDC",
    network: "base",
    chainId: 8453,
    apy: 0.0412,
    tvlUsd: 184_220_311,
    risk: "low",
    updatedAt: "2026-11-20T12:00:00Z",
  },
  {
    id: "morpho-steakhouse-usdc-ethereum",
    protocol: "Morpho",
    asset: "USDC",
    network: "ethereum",
    chainId: 1,
    apy: 0.0587,
    tvlUsd: 312_904_118,
    risk: "medium",
    updatedAt: "2026-11-20T12:00:00Z",
  },
  {
    id: "lido-steth-ethereum",
    protocol: "Lido",
    asset: "ETH",
    network: "ethereum",
    chainId: 1,
    apy: 0.0294,
    tvlUsd: 26_118_450_902,
    risk: "low",
    updatedAt: "2026-11-20T12:00:00Z",
  },
  {
    id: "pendle-susde-arbitrum",
    protocol: "Pendle",
    asset: "sUSDe",
    network: "arbitrum",
    chainId: 42_161,
    apy: 0.1136,
    tvlUsd: 41_877_260,
    risk: "high",
    updatedAt: "2026-11-20T12:00:00Z",
  },
];

/** `GET /strategies`: every strategy, on one page. */
export function listStrategies(): Response {
  return Response.json({
    data: STRATEGIES,
    pagination: { page: 1, limit: 20, total: STRATEGIES.length },
  });
}
