"""The cohort browser: seconds to the first page, of a filter change, memory; beside pandas on the same Parquet.

    python benchmarks/serve.py [--cohort DIR | --patients 10000 --variants 500 --seed 1] [--repeats 15] [--pandas]
                               [--routes] [--browser CHROMIUM] [--users 50 --seconds 60 --think 2]

Without --cohort one is simulated in a temporary folder. The server is a process of its own on a free port, asked over
HTTP as its page asks. Every filter is a new one, so that nothing was answered before. --pandas: for two of the answers
(bars of the charts with genes; mutations of a gene) pandas reads the columns it needs from the same Parquet and counts,
and must come to the same numbers. --browser: what is on the screen, in Chromium by playwright. --users: so many at once,
each asking what a page asks, then reading for about --think seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit

#: What the page Cohort shows first (frontend/src/pages/cohort.tsx).
CHARTS = (
    "arm_assigned", "assignment", "site", "induction_response", "best_response", "highest_toxicity_grade", "stage",
    "histology", "sex", "ecog", "age", "pdl1_cps", "tmb_per_mb", "msi_class", "n_neoantigen", "mean_coverage_tumor",
    "mean_coverage_normal", "callable_mb", "contamination", "purity", "sbs_cosine",
)  # fmt: skip
#: Columns of its grid.
GRID = (
    *CHARTS[:6], "sex", "age", "stage", "tmb_per_mb", "msi_class", "purity", "os_months", "pfs_months",
)  # fmt: skip
GENE = "TP53"
Filter = list[dict[str, Any]]


def filters(n: int, seed: int) -> list[Filter]:
    """Filters, each another: a range of a biomarker, half of them with an arm, a third with a mutated gene."""
    rng = random.Random(seed)
    found: list[Filter] = []
    for i in range(n):
        one: Filter = [{"c": "tmb_per_mb", "ge": round(rng.uniform(0.5, 5), 6)}]
        if i % 2:
            one.append({"c": "sex", "in": ["female"]})
        if i % 3 == 1:
            one.append({"c": f"gene:{GENE}", "in": [True]})
        found.append(one)
    return found


class Asker:
    """One connection to the server."""

    def __init__(self, address: str) -> None:
        self.place = urlsplit(address).netloc
        self.connection = http.client.HTTPConnection(self.place, timeout=120)

    def ask(self, path: str, f: Filter | None = None, **params: Any) -> tuple[float, int, bytes]:
        """Seconds, status and body of an answer."""
        query = urlencode(params | ({"f": json.dumps(f)} if f else {}))
        start = time.perf_counter()
        try:
            self.connection.request("GET", f"{path}?{query}" if query else path)
            answer = self.connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return time.perf_counter() - start, 0, b""
        return time.perf_counter() - start, answer.status, body


@contextmanager
def serving(cohort: Path) -> Iterator[tuple[str, int, float]]:
    """Address, process id, and seconds from the start of the command to the first answer."""
    start = time.perf_counter()
    words = [sys.executable, "-W", "ignore", "-m", "wes_biomarkers", "serve", str(cohort), "--port", "0"]
    server = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = next(line.split()[0] for line in server.stderr if line.startswith("http"))
        threading.Thread(target=server.stderr.read, daemon=True).start()
        while Asker(address).ask("/api/cohort")[1] != 200:
            time.sleep(0.02)
        yield address, server.pid, time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def memory(pid: int) -> float:
    """Largest memory of a process so far, GB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1e6


def busy(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def page_questions(f: Filter | None) -> list[tuple[str, dict[str, Any]]]:
    """What the page Cohort asks for a filter, all at once."""
    return [
        ("/api/counts", {"f": f, "columns": ",".join(CHARTS)}),
        ("/api/genes", {"f": f}),
        ("/api/patients", {"f": f, "offset": 0, "limit": 50, "columns": ",".join(GRID)}),
    ]


def at_once(address: str, f: Filter | None, pool: ThreadPoolExecutor) -> float:
    """Seconds until the last answer to a page's questions has come."""
    start = time.perf_counter()
    for seconds, status, _ in pool.map(
        lambda each: Asker(address).ask(each[0], **each[1]), page_questions(f)
    ):
        assert status == 200, seconds
    return time.perf_counter() - start


def first_page(address: str, pool: ThreadPoolExecutor) -> float:
    """Seconds of everything the first page asks of a server that answered nothing but /api/cohort before."""
    start = time.perf_counter()
    asker = Asker(address)
    for path in ("/", "/api/cohort", "/api/columns"):
        assert asker.ask(path)[1] == 200
    at_once(address, None, pool)
    return time.perf_counter() - start


#: Further questions that follow a filter.
QUESTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/counts", {}),
    ("/api/survival", {"feature": "tmb_per_mb"}),
    ("/api/survival", {"feature": "arm_assigned"}),
    ("/api/response", {"feature": "tmb_per_mb"}),
    ("/api/toxicity", {"feature": "tmb_per_mb"}),
    ("/api/interaction", {"feature": "tmb_per_mb"}),
    ("/api/values", {"x": "tmb_per_mb", "y": "purity"}),
    ("/api/oncoprint", {}),
    ("/api/cooccurrence", {}),
    ("/api/lollipop", {"gene": GENE}),
    ("/api/lollipop", {}),
)


def routes(address: str, pid: int, repeats: int) -> None:
    """Print each further question's first and median wall time and mean processor time, each under a new filter."""
    asker = Asker(address)
    for number, (path, params) in enumerate(QUESTIONS):
        taken, before = [], 0.0
        for turn, f in enumerate(filters(repeats + 1, 100 + number)):
            before = busy(pid) if turn == 1 else before
            asked = params or ({"gene": f"SIMG{turn:05d}"} if "lollipop" in path else {})
            seconds, status, body = asker.ask(path, f, **asked)
            assert status == 200, (path, body[:300])
            taken.append(seconds)
        used = (busy(pid) - before) / repeats
        words = (
            " ".join(f"{name}={value}" for name, value in params.items())
            or "(all, or another gene each time)"
        )
        first, rest = taken[0] * 1e3, median(taken[1:]) * 1e3
        print(f"{path} {words}\tfirst {first:.0f} ms\tmedian {rest:.0f} ms\tprocessor {used * 1e3:.0f} ms")


def pandas_counts(edges: dict[str, list[float]], cohort: Path, f: Filter) -> dict[str, Any]:
    """Bars of the charts and altered genes by pandas, as a script would do; histograms with the page's edges."""
    import numpy as np
    import pandas as pd

    clinical = pd.read_parquet(cohort / "clinical.parquet")
    names = set(CHARTS) - set(clinical)
    biomarker = pd.read_parquet(cohort / "biomarker.parquet", columns=["patient_id", "pair_id", *names])
    wide = clinical.merge(
        _baseline(cohort).merge(biomarker, on=["patient_id", "pair_id"]), on="patient_id", how="left"
    )
    gene = pd.read_parquet(cohort / "gene.parquet", columns=["pair_id", "gene", "status"])
    altered = gene[gene["status"].isin(("altered", "biallelic")) & gene["pair_id"].isin(wide["pair_id"])]
    chosen = wide[_meets(wide, f, altered)]
    bars = {}
    for name in CHARTS:
        others = [each for each in f if each["c"] != name]  # a chart is not narrowed by its own condition
        shown = chosen if len(others) == len(f) else wide[_meets(wide, others, altered)]
        values = shown[name].dropna()
        if name in edges:
            bars[name] = np.histogram(values, edges[name])[0].tolist()
        else:
            bars[name] = values.value_counts().to_dict()
    genes = altered[altered["pair_id"].isin(chosen["pair_id"])]["gene"].value_counts().to_dict()
    return {"n": len(chosen), "bars": bars, "genes": genes}


def pandas_mutated(cohort: Path, f: Filter) -> int:
    """Patients with a mutation of GENE that changes the protein, by pandas."""
    import pandas as pd

    columns = ["pair_id", "gene", "consequence", "is_pass"]
    variant = pd.read_parquet(cohort / "variant.parquet", columns=columns)
    gene = pd.read_parquet(cohort / "gene.parquet", columns=["pair_id", "gene", "status"])
    altered = gene[gene["status"].isin(("altered", "biallelic"))]
    clinical = pd.read_parquet(cohort / "clinical.parquet", columns=["patient_id", "sex"])
    biomarker = pd.read_parquet(cohort / "biomarker.parquet", columns=["pair_id", "tmb_per_mb"])
    wide = clinical.merge(_baseline(cohort).merge(biomarker, on="pair_id"), on="patient_id", how="left")
    chosen = wide[_meets(wide, f, altered)]
    mine = variant[
        (variant["gene"] == GENE) & variant["is_pass"] & variant["pair_id"].isin(chosen["pair_id"])
    ]
    return int(mine.loc[mine["consequence"] != "synonymous_variant", "pair_id"].nunique())


def _baseline(cohort: Path) -> Any:
    """patient_id and pair_id of the baseline tissue, which in simulated trials is all there is at baseline."""
    import pandas as pd

    pair = pd.read_parquet(cohort / "pair.parquet", columns=["patient_id", "pair_id", "timepoint"])
    return pair[pair["timepoint"].fillna("baseline") == "baseline"][["patient_id", "pair_id"]]


def _meets(wide: Any, f: Filter, altered: Any) -> Any:
    found = wide["patient_id"].notna()
    for each in f:
        if each["c"].startswith("gene:"):
            found &= wide["pair_id"].isin(altered.loc[altered["gene"] == each["c"][5:], "pair_id"])
        else:
            found &= wide[each["c"]] >= each["ge"] if "ge" in each else wide[each["c"]].isin(each["in"])
    return found


def compare_pandas(address: str, cohort: Path, repeats: int, all_variants: bool) -> None:
    """Print the ratios of pandas' seconds to the server's for the same answers."""
    asker = Asker(address)

    def counts(f: Filter) -> tuple[float, dict[str, Any]]:
        """From the server: bars and genes."""
        first, _, bars = asker.ask("/api/counts", f, columns=",".join(CHARTS))
        second, _, genes = asker.ask("/api/genes", f)
        shown = json.loads(bars)
        by = {
            name: [bar["n"] for bar in part if "bin" in bar]
            or {bar["value"]: bar["n"] for bar in part if bar["n"] and bar["value"] is not None}
            for name, part in shown["by"].items()
        }
        altered = {each["gene"]: each["n"] for each in json.loads(genes) if each["n"]}
        return first + second, {"n": shown["n_patient"], "bars": by, "genes": altered}

    def mutated(f: Filter) -> tuple[float, int]:
        """From the server: the lollipop's patients."""
        seconds, _, body = asker.ask("/api/lollipop", f, gene=GENE)
        return seconds, int(json.loads(body)["n_mutated"])

    pairs: list[tuple[str, Callable[[Filter], tuple[float, Any]], Callable[[Path, Filter], Any]]]
    everybody = json.loads(asker.ask("/api/counts", [], columns=",".join(CHARTS))[2])["by"]
    edges = {
        name: [bins[0][0], *(high for _, high in bins)]
        for name, part in everybody.items()
        if (bins := [bar["bin"] for bar in part if "bin" in bar])
    }
    pairs = [("bars and genes", counts, partial(pandas_counts, edges))]
    if all_variants:
        pairs.append((f"patients with {GENE} mutated", mutated, pandas_mutated))
    for words, ours, peer in pairs:
        # One side after the other, so that neither works with caches that the other has filled.
        asked = filters(repeats, 500)
        told = [ours(f) for f in asked]
        others = []
        for f, (_, found) in zip(asked, told, strict=True):
            start = time.perf_counter()
            expected = peer(cohort, f)
            others.append(time.perf_counter() - start)
            assert found == expected, (words, f)
        own = [seconds for seconds, _ in told]
        ratio = median(others) / median(own)
        print(
            f"{words}: server {median(own) * 1e3:.0f} ms, pandas {median(others) * 1e3:.0f} ms, ratio {ratio:.0f}"
        )


def on_screen(address: str, chromium: str, repeats: int) -> None:
    """Print seconds from opening to bars, genes and grid being drawn, and from a click to the new numbers."""
    from playwright.sync_api import sync_playwright

    drawn = (
        "() => document.querySelectorAll('.facets .bar-n').length > 20 && "
        "document.querySelectorAll('.tabulator-row').length > 10 && !document.querySelector('main.waiting')"
    )
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium)
        opened, changed = [], []
        for _ in range(3):
            page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            start = time.perf_counter()
            page.goto(address, wait_until="commit")
            page.wait_for_function(drawn)
            opened.append(time.perf_counter() - start)
        # From the click to the frame after its three answers came and numbers, genes and grid show them.
        script = """async (index) => {
            const came = () => performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/')).length;
            const shown = () => [...document.querySelectorAll('.facets .bar-n')].map((e) => e.textContent).join();
            const settled = () => came() >= 3 && !document.querySelector('main.waiting') && shown() !== before
                && document.querySelector('.tabulator-row, .tabulator-placeholder');
            const frame = () => new Promise(requestAnimationFrame);
            const bars = [...document.querySelectorAll('.facets button.bar')];
            performance.clearResourceTimings();
            const before = shown(), start = performance.now();
            bars[index % bars.length].click();
            do await frame(); while (!settled());
            await frame();
            return performance.now() - start;
        }"""
        for turn in range(repeats):
            changed.append(page.evaluate(script, turn))
            page.wait_for_timeout(300)
        browser.close()
    print(f"on screen: first page {opened[0]:.2f} s, again {median(opened[1:]):.2f} s; "
          f"filter change median {median(changed):.0f} ms, largest {max(changed):.0f} ms")  # fmt: skip


def crowd(address: str, users: int, seconds: float, think: float) -> None:
    """Print requests, errors, and the median and 95th percentile of `users` at once."""
    ids = [row["patient_id"] for row in json.loads(Asker(address).ask("/api/patients", limit=200)[2])["rows"]]
    taken: dict[str, list[float]] = defaultdict(list)
    wrong: Counter[str] = Counter()
    end = time.perf_counter() + seconds

    def user(number: int) -> None:
        """One visitor until the end."""
        rng, asker = random.Random(number), Asker(address)
        mine = iter(filters(10_000, number))
        time.sleep(rng.uniform(0, think))
        while time.perf_counter() < end:
            f, kind = next(mine), rng.random()
            asked: list[tuple[str, dict[str, Any]]] = page_questions(f)
            if kind > 0.95:
                asked = [(f"/api/patient/{rng.choice(ids)}", {})]
            elif kind > 0.7:
                path, params = rng.choice(QUESTIONS[1:-1])
                asked = [(path, params | {"f": f})]
            for path, params in asked:
                spent, status, _ = asker.ask(path, **params)
                taken["/api/patient" if "patient/" in path else path].append(spent)
                if status != 200:
                    wrong[f"{path} {status}"] += 1
            time.sleep(rng.expovariate(1 / think))

    threads = [threading.Thread(target=user, args=(number,)) for number in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = sorted(spent for part in taken.values() for spent in part)
    print(
        f"{users} users, {seconds:.0f} s, think {think:g} s: {len(every)} requests, {wrong.total()} errors {dict(wrong)}"
    )
    for name, part in {"all": every, **taken}.items():
        part = sorted(part)
        print(
            f"  {name}\t{len(part)}\tmedian {median(part) * 1e3:.0f} ms\t95 % {part[int(0.95 * len(part))] * 1e3:.0f} ms"
        )


def measure(cohort: Path, given: argparse.Namespace) -> None:
    """Start the server and print every figure asked for."""
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    pool = ThreadPoolExecutor(3)
    with serving(cohort) as (address, pid, start):
        print(f"start to first answer {start:.2f} s; first page's answers {first_page(address, pool):.2f} s")
        before = busy(pid)
        changes = [at_once(address, f, pool) for f in filters(given.repeats, given.seed)]
        used = (busy(pid) - before) / given.repeats
        print(f"filter change: median {median(changes) * 1e3:.0f} ms, largest {max(changes) * 1e3:.0f} ms, "
              f"processor {used * 1e3:.0f} ms")  # fmt: skip
        if given.browser:
            on_screen(address, given.browser, given.repeats)
        if given.routes:
            routes(address, pid, given.repeats)
        if given.pandas:
            compare_pandas(address, cohort, min(5, given.repeats), given.pandas == "all")
        if given.users:
            crowd(address, given.users, given.seconds, given.think)
        print(f"largest memory of the server {memory(pid):.2f} GB; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    """Make the cohort, if none is given, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cohort", type=Path)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--variants", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument(
        "--pandas", choices=("all", "counts"), help="counts: not the variants, which fill the memory"
    )
    parser.add_argument("--browser", help="path of Chromium")
    parser.add_argument("--routes", action="store_true", help="further questions under a filter, one by one")
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=2.0)
    given = parser.parse_args()
    if given.cohort:
        measure(given.cohort, given)
        return
    with tempfile.TemporaryDirectory() as folder:
        words = [
            "simulate",
            "--level",
            "tables",
            "--out",
            f"{folder}/trial",
            "--patients",
            str(given.patients),
        ]
        words += ["--variants", str(given.variants), "--seed", str(given.seed)]
        subprocess.run([sys.executable, "-m", "wes_biomarkers", "--quiet", *words], check=True)
        measure(Path(folder) / "trial" / "cohort", given)


if __name__ == "__main__":
    main()
