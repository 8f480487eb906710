"""Two cohorts served by TLS at once: each opens with its own token alone, and says nothing in plain text."""

import http.client
import json
import re
import shutil
import ssl
import subprocess
import sys

import pytest

from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

SIZES = (12, 15)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("tls")
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    files = ("-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    subprocess.run(["openssl", *words.split(), *files], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def served(certificate, tmp_path_factory):
    """(port, token) of each server."""
    folder = tmp_path_factory.mktemp("two")
    places = ("--port", "0", "--tls-cert", certificate / "cert.pem", "--tls-key", certificate / "key.pem")
    running, found = [], []
    for n in SIZES:
        simulate_tables(TableParameters(n_patient=n, seed=n), folder / str(n))
        words = ("serve", folder / str(n) / "cohort", "--with-token", *places)
        server = subprocess.Popen(
            [sys.executable, "-m", "wes_biomarkers", *map(str, words)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        running.append(server)
        said = next(line for line in server.stdout if "token=" in line)
        found.append(re.search(r"https://127\.0\.0\.1:(\d+)/\?token=(\S+)", said).groups())
    yield found
    for server in running:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture
def ask(certificate):
    trusted = ssl.create_default_context(cafile=certificate / "cert.pem")

    def answer(port, path, **headers):
        line = http.client.HTTPSConnection("127.0.0.1", int(port), context=trusted, timeout=30)
        line.request("GET", path, headers=headers)
        return line.getresponse()

    return answer


@pytest.mark.parametrize("mine", [0, 1])
def test_each_opens_with_its_own_token_alone(served, ask, mine):
    (port, _), (_, other) = served[mine], served[1 - mine]
    cookies = [
        ask(*each).getheader("set-cookie") for each in ((own, f"/?token={word}") for own, word in served)
    ]
    assert all("Secure" in cookie for cookie in cookies)
    cookie, foreign = cookies[mine].split(";")[0], cookies[1 - mine].split(";")[0]
    found = json.loads(ask(port, "/api/cohort", Cookie=cookie).read())
    assert found["counts"]["n_patient"] == SIZES[mine]
    renamed = f"{cookie.partition('=')[0]}={foreign.partition('=')[2]}"
    for refused in ({"Cookie": foreign}, {"Cookie": renamed}, {"Authorization": f"Bearer {other}"}, {}):
        assert ask(port, "/api/cohort", **refused).status == 401
    assert ask(port, f"/?token={other}").status == 401


def test_nothing_is_said_in_plain_text(served):
    line = http.client.HTTPConnection("127.0.0.1", int(served[0][0]), timeout=10)
    line.request("GET", "/api/cohort")
    with pytest.raises((http.client.HTTPException, OSError)):
        line.getresponse()
