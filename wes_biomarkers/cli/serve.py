"""`wes-biomarkers serve`: the cohort browser."""

from __future__ import annotations

import os
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)
#: The token may be given here, so that no list of processes shows it.
TOKEN = "WES_BIOMARKERS_TOKEN"


@click.command("serve")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Another address asks for a token.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one."
)
@click.option("--with-token", is_flag=True, help="Ask for a token on this machine too.")
@click.option("--tls-cert", type=_FILE, help="Certificate, PEM; with --tls-key.")
@click.option("--tls-key", type=_FILE, help="Its key, PEM, without a passphrase.")
@click.option(
    "--alignments",
    type=click.Path(path_type=Path),
    help="Folder of SAMPLE.bam or SAMPLE.cram, indexed.  [default: COHORT/../samples]",
)
@click.option(
    "--reference", type=_FILE, help="FASTA the reads were aligned to, with its .fai (and .gzi, if of bgzip)."
)
@click.option("--open", "opens", is_flag=True, help="Open the page in this machine's web browser.")
def command(
    cohort: Path,
    host: str,
    port: int,
    with_token: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    alignments: Path | None,
    reference: Path | None,
    opens: bool,
) -> None:
    """Look at the COHORT folder in a web browser, until interrupted.

    Only this machine can reach it unless --host says otherwise; then a token is made and printed once, or taken from
    the environment variable WES_BIOMARKERS_TOKEN. Nothing is asked of any other server.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each visitor has a thread already
    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.serve.app import create_app
    from wes_biomarkers.serve.run import Place, address, listen, new_token, run

    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("Give --tls-cert and --tls-key together.")
    for path in (tls_cert, tls_key):
        if path is not None and not path.is_file():
            raise InputError([Fault("no such file", "Give a PEM file.", file=str(path))])
    place = Place(host, port, tls_cert, tls_key)
    given = os.environ.get(TOKEN, "")
    if given and len(given) < 16:
        raise InputError("the token is short", f"Give {TOKEN} 16 letters or more.")
    token = (given or new_token()) if with_token or not place.is_own or given else None
    app = create_app(cohort, token=token, secure=place.secure, alignments=alignments, reference=reference)
    opened = listen(place)
    where = address(place, opened, None if given else token)
    click.echo(f"{where}  (Ctrl+C ends it)", err=True)
    if token and not place.secure and not place.is_own:
        click.echo(
            "Without TLS the token and the data travel readable: use --tls-cert, or a tunnel.", err=True
        )
    if opens:
        click.launch(where)
    run(app, place, opened)
