"""`wes-biomarkers associate`: statistics of a cohort as a table."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from wes_biomarkers.contracts.endpoints import ENDPOINTS
from wes_biomarkers.contracts.plan import CENTERS, ESTIMANDS, QUESTIONS, SCALES, WEIGHTS
from wes_biomarkers.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from wes_biomarkers.associate.run import Answer
    from wes_biomarkers.contracts.plan import Cutpoint, Plan, Question
    from wes_biomarkers.join.flow import Flow
    from wes_biomarkers.join.frame import Join

_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("associate")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("--plan", type=_FILE, help="Prespecified analyses, plan.toml.")
@click.option("--endpoint", type=click.Choice(list(ENDPOINTS)), help="What is to be explained.")
@click.option("--feature", "features", multiple=True, metavar="NAME", help="A feature; may be repeated.")
@click.option("--all", "every", is_flag=True, help="Every feature of the cohort.")
@click.option("--list", "listing", is_flag=True, help="Name the cohort's features, and do nothing else.")
@click.option("--question", type=click.Choice(list(QUESTIONS)), default="prognostic", show_default=True,
              help="What is asked.")  # fmt: skip
@click.option("--by", "treatment", metavar="COLUMN",
              help="COLUMN holds the arms (`arm`: as assigned); prediction is asked for without --question.")  # fmt: skip
@click.option("--population", default="endpoint", show_default=True,
              help="endpoint, all, randomized, preference, or arm:NAME.")  # fmt: skip
@click.option(
    "--subgroup", default="", metavar="COLUMN", help="Do it in all and in each level of a clinical column."
)
@click.option("--estimand", type=click.Choice(ESTIMANDS), default=ESTIMANDS[0], show_default=True,
              help="Whose treatment is compared.")  # fmt: skip
@click.option("--reference-arm", default="", help="The arm others are compared with [the first by name].")
@click.option("--adjust", default="", metavar="A,B", help="Covariates.")
@click.option("--strata", default="", metavar="A,B", help="Stratification factors.")
@click.option("--center", type=click.Choice(CENTERS), help="What the column site is in the model.")
@click.option("--weights", type=click.Choice(WEIGHTS), default=WEIGHTS[0], show_default=True,
              help="Of --question preference: overlap, or inverse probability of the arm.")  # fmt: skip
@click.option("--landmark", type=click.FloatRange(min=0, min_open=True), metavar="MONTHS",
              help="Count only those at risk then, and from then.")  # fmt: skip
@click.option("--time-varying", is_flag=True,
              help="Take response or toxicity as it was at each moment, in the place of a landmark.")  # fmt: skip
@click.option("--cutpoint", metavar="X|median|maximal", help="Cut the feature into high and low.")
@click.option("--scale", type=click.Choice(SCALES), default=SCALES[0], show_default=True,
              help="What one unit of a number is.")  # fmt: skip
@click.option(
    "--method", default="", help="Another estimator of the endpoint's; docs/associate.md lists them."
)
@click.option("--tau", type=click.FloatRange(min=0, min_open=True), metavar="MONTHS",
              help="Horizon of restricted means [as long as every arm is followed].")  # fmt: skip
@click.option("--adjustment", default="benjamini_hochberg", show_default=True,
              type=click.Choice(["benjamini_hochberg", "benjamini_yekutieli", "holm", "none"]),
              help="Of the p values of all features.")  # fmt: skip
@click.option("--sample", "sample_rule", multiple=True, metavar="'TIMEPOINT SPECIMEN'",
              help="Which sample stands for a patient; repeat in order of preference.")  # fmt: skip
@click.option("--spline", is_flag=True, help="Test beside it whether a number's effect is a straight line.")
@click.option("--permutations", type=click.IntRange(min=0), default=0, show_default=True,
              help="p values by permuting the patients, also for the largest of all features.")  # fmt: skip
@click.option("--power", type=click.FloatRange(min=0, min_open=True), metavar="RATIO",
              help="Tell the power to find this ratio in these patients, and what 80 % power finds.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Of resampling.")
@click.option(
    "-o", "--out", default="-", show_default=True, help="The table, .tsv or .parquet; - for stdout."
)
@click.option("--flow", type=_FILE, help="Who was lost at each step, as TSV.")
@click.option("--losses", type=_FILE, help="Every lost patient with step and reason, as TSV.")
@click.option("--balance", type=_FILE, help="How alike the arms are, of --question preference, as TSV.")
@click.option("--figures", type=_FOLDER, help="Folder for the pictures.")
@click.option("--remark", type=_FILE, help="REMARK checklist filled from the data, Markdown.")
@click.option("--store", is_flag=True, help="Keep the table in the cohort folder, for report and browser.")
@click.pass_context
def command(context: click.Context, /, cohort: Path, **options: Any) -> None:
    """Does a feature go with response, survival or toxicity, and does it change what treatment does?

    Give --plan, or --endpoint with --feature or --all. What is not in a plan is marked exploratory.
    """
    from wes_biomarkers.associate.run import run_plan
    from wes_biomarkers.io.associations import check_out, write_association
    from wes_biomarkers.io.cohort_folder import read_cohort
    from wes_biomarkers.io.endpoint_rules import rules_of_cohort
    from wes_biomarkers.io.tables import write_tsv
    from wes_biomarkers.join.flow import flow_frame, losses_frame
    from wes_biomarkers.join.frame import Join

    check_out(options["out"])
    read = read_cohort(cohort)
    join = Join(read.tables, rules_of_cohort(read.manifest).toxicity)
    if options["listing"]:
        click.echo("\n".join(join.reader().listed()))
        return
    plan = _plan(join, options)
    found = run_plan(join, plan, options["seed"])
    write_association(options["out"], found.table)
    for option, frame_of in (("flow", flow_frame), ("losses", losses_frame)):
        if options[option]:
            write_tsv(options[option], _by_analysis(found, frame_of))
    flags = ("synthetic",) if read.manifest["synthetic"] else ()
    _further(cohort, join, plan, found, flags, options)
    if not (context.obj or {}).get("quiet"):
        _say(found)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _plan(join: Join, options: dict[str, Any]) -> Plan:
    """The plan of the file, or one analysis made of the options."""
    from wes_biomarkers.contracts.plan import AD_HOC, Analysis, Plan
    from wes_biomarkers.io.plan import check_analysis, read_plan

    if options["plan"]:
        asked = [name for name in ("endpoint", "features", "every") if options[name]]
        if asked:
            raise InputError(
                "a plan and an analysis of the command line at once",
                "Run the plan alone; run what is outside it without --plan, where it is marked exploratory.",
            )
        return read_plan(options["plan"])
    question = options["question"]
    if options["treatment"] and question == "prognostic":
        question = "predictive"
    if not options["endpoint"]:
        raise click.UsageError("Give --plan, or --endpoint with --feature or --all.")
    features = tuple(join.reader(options["sample_rule"]).names()) if options["every"] else options["features"]
    if not features and question not in ("treatment", "preference"):
        raise click.UsageError("Give --feature NAME or --all; --list names the cohort's features.")
    analysis = Analysis(
        name=AD_HOC,
        endpoint=options["endpoint"],
        features=tuple(dict.fromkeys(features)),
        question=cast("Question", question),
        population=options["population"],
        subgroup=options["subgroup"],
        estimand=options["estimand"],
        treatment="" if options["treatment"] in (None, "arm") else options["treatment"],
        reference_arm=options["reference_arm"],
        adjust=_words(options["adjust"]),
        strata=_words(options["strata"]),
        center=options["center"] or "",
        weights=options["weights"],
        landmark_months=options["landmark"],
        scale=options["scale"],
        cutpoint=_cutpoint(options["cutpoint"]),
        method=options["method"],
        tau_months=options["tau"],
        sample_rule=options["sample_rule"],
        time_varying=options["time_varying"],
        spline=options["spline"],
        n_permutation=options["permutations"],
        power_ratio=options["power"],
    )
    check_analysis(analysis)
    return Plan("", (analysis,), {analysis.family: options["adjustment"]})


def _cutpoint(text: str | None) -> Cutpoint | None:
    from wes_biomarkers.contracts.plan import Cutpoint

    if text is None:
        return None
    if text in ("median", "maximal"):
        return Cutpoint("median" if text == "median" else "maximally_selected")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise click.BadParameter("Write a number, median or maximal.", param_hint="--cutpoint")
    return Cutpoint("value", value)


def _by_analysis(found: Answer, frame_of: Callable[[Flow], pd.DataFrame]) -> pd.DataFrame:
    """A table of every analysis and feature below each other."""
    import pandas as pd

    parts = []
    for (analysis, feature), joined in found.frames.items():
        part = frame_of(joined.flow)
        part.insert(0, "feature", feature)
        part.insert(0, "analysis", analysis)
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["analysis", "feature"])


def _further(
    cohort: Path, join: Join, plan: Plan, found: Answer, flags: tuple[str, ...], options: dict[str, Any]
) -> None:
    """Pictures with the flags of the data, the REMARK checklist, and the table kept in the cohort."""
    if options["balance"]:
        import pandas as pd

        from wes_biomarkers.io.tables import write_tsv

        parts = [table.assign(analysis=name) for name, table in found.balance.items()]
        write_tsv(
            options["balance"],
            pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"analysis": []}),
        )
    if options["figures"]:
        from wes_biomarkers.report.association_figures import write_figures

        write_figures(options["figures"], found, plan, join.tables, flags)
    if options["remark"]:
        from wes_biomarkers.io.files import write_text
        from wes_biomarkers.report.remark import remark_checklist

        write_text(options["remark"], remark_checklist(join, plan, found))
    if options["store"]:
        from wes_biomarkers.io.cohort_folder import add_association

        add_association(cohort, found.table, plan)


def _say(found: Answer) -> None:
    """How many effects were found and not, on stderr."""
    counts = found.table["status"].value_counts()
    words = {"ok": "estimated", "not_evaluable": "not evaluable", "refused": "refused"}
    said = ", ".join(f"{int(counts[status])} {text}" for status, text in words.items() if status in counts)
    click.echo(f"{len(found.table)} effects: {said}", err=True)
    refused = found.table.loc[found.table["status"] == "refused", ["feature", "reason"]].drop_duplicates()
    for feature, reason in refused.itertuples(index=False):
        click.echo(f"refused: {feature}: {reason}", err=True)
