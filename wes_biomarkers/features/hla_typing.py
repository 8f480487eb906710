"""HLA types from reads: the pair of allele groups of each gene that explains them best, and how surely.

Likelihood of a pair of alleles: each read pair comes from either with chance one half, or fits none. Prior: the
alleles' shares of the reference's entries. The genes are chosen together by an integer programme, so that a read
pair which fits two genes counts once (as in OptiType: Szolek 2014, doi:10.1093/bioinformatics/btu548); the
runner-up and the margin of each gene are taken with the other genes held.

A homozygous type needs no penalty of its own: under a heterozygous one every read pair that tells the two alleles
apart costs log 2, so the second allele must explain about a seventh of them to be worth it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla import LOCI, Allele
from wes_biomarkers.features.hla_evidence import Evidence, FloatArray, weigh_pairs
from wes_biomarkers.features.hla_model import LocusModel
from wes_biomarkers.features.hla_place import Reads, WordIndex, index_words, place_pairs
from wes_biomarkers.features.hla_types import LocusType

IntArray = NDArray[np.int64]

#: Of the search: groups that explain most alone, partners tried for each, groups tried with each other.
N_SINGLE, N_PARTNER, N_CANDIDATE = 24, 10, 80
#: Pairs of groups handed to the programme, and how far below the best of the gene's own reads they may be.
N_GENOTYPE, GENOTYPE_RANGE = 20, 100.0
#: Kinds of read pairs that fit several genes, in the programme; the commonest are kept.
N_SHARED_KIND = 150
#: Difference in gain from which a read pair tells two alleles apart.
TELLING = 2.0
_LOG_2 = float(np.log(2.0))


@dataclass(frozen=True)
class TypingRules:
    """When a type can be given, and when it is sure.

    Attributes:
        min_pairs, min_depth, min_breadth: explained read pairs, their mean depth over the scored exons, and the
            share of the scored columns with a read, below which a gene is not evaluable.
        sure_margin, sure_depth, sure_breadth: from which on confidence is high; the margin is a log likelihood
            ratio (10: the runner-up is 22,000 times less likely).
        min_balance: share of the telling read pairs that the weaker allele must have for high confidence.
    """

    min_pairs: int = 10
    min_depth: float = 3.0
    min_breadth: float = 0.6
    sure_margin: float = 10.0
    sure_depth: float = 10.0
    sure_breadth: float = 0.95
    min_balance: float = 0.2


@dataclass(frozen=True)
class Typing:
    """The type of one gene; alleles at two fields, both the same when homozygous, None when not evaluable.

    Attributes:
        gene: as the reference names it.
        alleles, second: the type and the runner-up.
        margin: log likelihood ratio of the two; None without a runner-up.
        ambiguity: of each allele, the other two-field names with the same scored exons.
        n_pair: read pairs explained.
        n_telling: of these, those of each allele alone.
        depth, breadth: mean depth over the scored exons, share of their columns with a read.
        confidence: high, low, or empty.
        reason: why it is not evaluable, or why confidence is low.
    """

    gene: str
    alleles: tuple[Allele, Allele] | None
    second: tuple[Allele, Allele] | None = None
    margin: float | None = None
    ambiguity: tuple[tuple[Allele, ...], tuple[Allele, ...]] = ((), ())
    n_pair: int = 0
    n_telling: tuple[int, int] = (0, 0)
    depth: float = 0.0
    breadth: float = 0.0
    confidence: str = ""
    reason: str = ""


@dataclass(frozen=True)
class _Options:
    """The best pairs of groups of one gene.

    Attributes:
        pairs: group numbers, shape (n, 2), best first.
        score: log posterior up to a constant, shape (n,).
    """

    pairs: IntArray
    score: NDArray[np.float64]


def type_reads(
    models: Sequence[LocusModel], reads: Reads, rules: TypingRules, index: WordIndex | None = None
) -> tuple[Typing, ...]:
    """The type of each gene of the eight typed loci, in the order of models.

    Args:
        models: of all genes in the reference; other genes than the eight catch their own reads only.
        reads: pairs with both mates on the genes' strand (`Reads.turned`).
        rules: thresholds.
        index: of the models' words, where it is at hand.
    """
    placements = place_pairs(index if index is not None else index_words(models), reads)
    evidence = weigh_pairs(models, reads, placements)
    options = [_search(found.gain, found.model.log_prior) for found in evidence]
    chosen = _choose_together(evidence, options)
    typed = []
    for number, found in enumerate(evidence):
        if found.model.locus in LOCI:
            typed.append(_judge(_own_pairs(evidence, chosen, number), rules))
    return tuple(typed)


def locus_types(typings: Sequence[Typing]) -> dict[str, LocusType]:
    """Typings as the types of a sample, one of each locus in the order of `LOCI`."""
    found = {Allele(typing.gene, ()).locus: typing for typing in typings}
    reason = "the HLA reference holds no allele of it"
    missing = {locus: LocusType(locus, status="not_evaluable", reason=reason) for locus in LOCI}
    return missing | {
        locus: _locus_type(locus, typing) for locus, typing in found.items() if locus in missing
    }


def _locus_type(locus: str, typing: Typing) -> LocusType:
    if typing.alleles is None:
        return LocusType(locus, n_read=typing.n_pair, status="not_evaluable", reason=typing.reason)
    (one, two), alone = typing.alleles, typing.n_telling
    second = typing.second or (None, None)
    return LocusType(
        locus, one, two, n_read=typing.n_pair, n_read_1=alone[0], n_read_2=alone[1],
        n_read_shared=typing.n_pair - sum(alone), second_1=second[0], second_2=second[1], margin=typing.margin,
        ambiguity_1=typing.ambiguity[0], ambiguity_2=typing.ambiguity[1],
        confidence=typing.confidence, reason=typing.reason,
    )  # fmt: skip


def pair_scores(gain: FloatArray, log_prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log posterior of each pair of groups up to a constant, shape (k, k).

    Args:
        gain: of the read pairs under k groups, shape (n, k).
        log_prior: of the groups, shape (k,).
    """
    k = gain.shape[1]
    score = np.empty((k, k))
    for group in range(k):
        score[group] = (np.logaddexp(gain[:, [group]], gain) - _LOG_2).sum(axis=0, dtype=np.float64)
    return score + log_prior[:, None] + log_prior + _LOG_2 * ~np.eye(k, dtype=bool)


def _search(gain: FloatArray, log_prior: NDArray[np.float64]) -> _Options:
    """The best pairs of groups: partners of the groups that explain most alone, then all pairs among these."""
    if not gain.size:
        return _Options(np.zeros((0, 2), np.int64), np.zeros(0))
    alone = gain.sum(axis=0, dtype=np.float64) + log_prior
    strong = np.argsort(-alone, kind="stable")[:N_SINGLE]
    value = {int(group): -np.inf for group in strong}
    for group in strong:
        both = np.maximum(gain, gain[:, [group]]).sum(axis=0, dtype=np.float64) + log_prior
        for partner in np.argsort(-both, kind="stable")[:N_PARTNER]:
            total = both[partner] + log_prior[group]
            for member in (int(group), int(partner)):
                value[member] = max(value.get(member, -np.inf), total)
    candidates = np.array(sorted(value, key=lambda group: (-value[group], group))[:N_CANDIDATE])
    score = pair_scores(gain[:, candidates], log_prior[candidates])
    one, two = np.triu_indices(len(candidates))
    flat = score[one, two]
    order = np.argsort(-flat, kind="stable")
    return _Options(np.stack([candidates[one], candidates[two]], axis=1)[order], flat[order])


def _choose_together(
    evidence: Sequence[Evidence], options: Sequence[_Options]
) -> list[tuple[int, int] | None]:
    """The pair of each gene, by an integer programme over all genes; None where no read fits.

    One binary variable a pair of groups and gene, exactly one chosen a gene. Its value is the log posterior by
    the read pairs of that gene alone. A read pair that fits several genes adds the gain under one chosen group.
    """
    import pulp

    shared = _shared_pairs(evidence)
    programme = pulp.LpProblem("hla", pulp.LpMaximize)
    objective: list[tuple[object, float]] = []
    variables: list[list[pulp.LpVariable]] = []
    carriers: list[dict[int, list[pulp.LpVariable]]] = []
    for number, (found, option) in enumerate(zip(evidence, options, strict=True)):
        alone = found.take(~np.isin(found.pair, shared))
        pairs = option.pairs[:N_GENOTYPE][option.score[:N_GENOTYPE] >= option.score[:1] - GENOTYPE_RANGE]
        names = [programme.add_variable(f"g_{number}_{i}", cat="Binary") for i in range(len(pairs))]
        for (one, two), variable in zip(pairs.tolist(), names, strict=True):
            objective.append((variable, _pair_score(alone, one, two)))
        if names:
            programme += pulp.lpSum(names) == 1
        members: dict[int, list[pulp.LpVariable]] = {}
        for pair, variable in zip(pairs.tolist(), names, strict=True):
            for group in set(pair):
                members.setdefault(group, []).append(variable)
        variables.append(names)
        carriers.append(members)
    for kind, (gains, weight) in enumerate(_shared_kinds(evidence, carriers, shared)):
        uses = []
        for (number, group), gain in gains.items():
            use = programme.add_variable(f"r_{kind}_{number}_{group}", 0, 1)
            programme += use <= pulp.lpSum(carriers[number][group])
            objective.append((use, gain * weight))
            uses.append(use)
        programme += pulp.lpSum(uses) <= 1
    programme += pulp.LpAffineExpression(objective)
    programme.solve(pulp.PULP_CBC_CMD(msg=False, threads=1))
    chosen: list[tuple[int, int] | None] = []
    for names, option in zip(variables, options, strict=True):
        values = [variable.value() or 0.0 for variable in names]
        best = option.pairs[int(np.argmax(values))] if values else None  # pairs are a head of the options
        chosen.append(None if best is None else (int(best[0]), int(best[1])))
    return chosen


def _pair_score(found: Evidence, one: int, two: int) -> float:
    prior = float(found.model.log_prior[one] + found.model.log_prior[two]) + (_LOG_2 if one != two else 0.0)
    return float((np.logaddexp(found.gain[:, one], found.gain[:, two]) - _LOG_2).sum()) + prior


def _shared_pairs(evidence: Sequence[Evidence]) -> IntArray:
    """Read pairs that fit more than one gene."""
    numbers, counts = np.unique(np.concatenate([found.pair for found in evidence]), return_counts=True)
    shared: IntArray = numbers[counts > 1]
    return shared


def _shared_kinds(
    evidence: Sequence[Evidence], carriers: Sequence[Mapping[int, object]], shared: IntArray
) -> list[tuple[dict[tuple[int, int], float], int]]:
    """Read pairs of several genes with the same gains among the candidates, and how many they are."""
    rows: dict[int, dict[tuple[int, int], float]] = {int(pair): {} for pair in shared}
    for number, (found, members) in enumerate(zip(evidence, carriers, strict=True)):
        groups = sorted(members)
        mine = np.isin(found.pair, shared)
        for pair, gains in zip(found.pair[mine].tolist(), found.gain[mine][:, groups].tolist(), strict=True):
            rows[pair] |= {
                (number, group): round(gain, 1) for group, gain in zip(groups, gains, strict=True) if gain > 0
            }
    kinds: dict[tuple[tuple[tuple[int, int], float], ...], int] = {}
    for row in rows.values():
        if len(set(row.values())) > 1:  # alike under every candidate: tells nothing
            key = tuple(row.items())
            kinds[key] = kinds.get(key, 0) + 1
    commonest = sorted(kinds.items(), key=lambda item: -item[1])[:N_SHARED_KIND]
    return [(dict(key), count) for key, count in commonest]


def _own_pairs(
    evidence: Sequence[Evidence], chosen: Sequence[tuple[int, int] | None], number: int
) -> Evidence:
    """The read pairs of one gene without those that the chosen alleles of another explain better."""
    found, pair = evidence[number], chosen[number]
    if pair is None:
        return found
    own = found.gain[:, list(pair)].max(axis=1)
    keep = np.ones(len(found.pair), bool)
    for other, (rival, their) in enumerate(zip(evidence, chosen, strict=True)):
        if other == number or their is None or not len(rival.pair):
            continue
        at = np.searchsorted(rival.pair, found.pair).clip(max=len(rival.pair) - 1)
        gain = np.where(rival.pair[at] == found.pair, rival.gain[at][:, list(their)].max(axis=1), 0)
        keep &= gain <= own + TELLING
    return found.take(keep)


def _judge(found: Evidence, rules: TypingRules) -> Typing:
    """The type of one gene by its own read pairs."""
    model = found.model
    over = found.cover.sum(axis=0)
    n_found, depth, breadth = len(found.pair), float(over.mean()), float((over > 0).mean())
    if obstacle := _obstacle(n_found, depth, breadth, rules):
        return Typing(model.gene, None, n_pair=n_found, depth=depth, breadth=breadth, reason=obstacle)
    option = _search(found.gain, model.log_prior)
    names = [tuple(sorted((model.two_field(a), model.two_field(b)))) for a, b in option.pairs.tolist()]
    others = [row for row, pair in enumerate(names) if pair != names[0]]
    first, second = sorted(option.pairs[0].tolist(), key=model.two_field)
    gain = found.gain[:, [first, second]]
    telling = (gain[:, 0] - gain[:, 1]) * (1 if first != second else 0)
    margin = float(option.score[0] - option.score[others[0]]) if others else None
    typing = Typing(
        gene=model.gene,
        alleles=(model.two_field(first), model.two_field(second)),
        second=(names[others[0]][0], names[others[0]][1]) if others else None,
        margin=margin,
        ambiguity=(model.ambiguity(first), model.ambiguity(second)),
        n_pair=int((gain.max(axis=1) > 0).sum()),
        n_telling=(int((telling >= TELLING).sum()), int((telling <= -TELLING).sum())),
        depth=depth,
        breadth=breadth,
    )
    doubt = _doubt(typing, rules)
    return Typing(**(vars(typing) | {"confidence": "low" if doubt else "high", "reason": doubt}))


def _obstacle(n_pair: int, depth: float, breadth: float, rules: TypingRules) -> str:
    if not n_pair:
        return "no read pair fits the scored exons"
    if n_pair < rules.min_pairs:
        return f"{n_pair} read pairs fit the scored exons: {rules.min_pairs} are needed"
    if depth < rules.min_depth:
        return f"mean depth over the scored exons is {depth:.1f}: {rules.min_depth:g} is needed"
    if breadth < rules.min_breadth:
        return f"{breadth:.0%} of the scored exons have a read: {rules.min_breadth:.0%} are needed"
    return ""


def _doubt(typing: Typing, rules: TypingRules) -> str:
    doubts = []
    if typing.margin is None or typing.margin < rules.sure_margin:
        doubts.append(f"the runner-up is close (margin {typing.margin or 0:.1f})")
    if typing.depth < rules.sure_depth:
        doubts.append(f"mean depth {typing.depth:.1f}")
    if typing.breadth < rules.sure_breadth:
        doubts.append(f"{typing.breadth:.0%} of the scored exons have a read")
    heterozygous = typing.alleles is not None and typing.alleles[0] != typing.alleles[1]
    one, two = typing.n_telling
    if heterozygous and one + two:
        share = min(one, two) / (one + two)
        if share < rules.min_balance:
            doubts.append(f"{share:.0%} of the telling read pairs are of the weaker allele")
    return "; ".join(doubts)
