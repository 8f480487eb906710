"""Who may look: the machine itself, or who has the token; nobody reaches a file or another site's page."""

import logging
import socket

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from wes_biomarkers.cli.serve import command
from wes_biomarkers.errors import InputError
from wes_biomarkers.serve import safety
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.run import Place, address, listen, new_token
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

TOKEN = "a-token-of-many-letters"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=20, seed=1), out)
    return out / "cohort"


@pytest.fixture
def client(folder):
    return TestClient(create_app(folder, token=TOKEN), base_url="http://example.org", follow_redirects=False)


def test_without_the_token_nothing_is_told(client):
    for path in ("/", "/api/cohort", "/api/patient/P1", "/api/openapi.json", "/index.html"):
        assert client.get(path).status_code == 401


def test_the_token_becomes_a_cookie_scripts_cannot_read(client):
    answer = client.get("/", params={"token": TOKEN})
    assert answer.status_code == 303 and "token" not in answer.headers["location"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and TOKEN not in cookie
    assert client.get("/api/cohort").status_code == 200
    bearer = TestClient(client.app, base_url="http://example.org")
    assert bearer.get("/api/cohort", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.fixture
def waits(monkeypatch):
    """The seconds that visitors waited, none of which pass."""
    found = []

    async def sleep(seconds):  # in this module alone: servers of other tests sleep too
        found.append(seconds)

    monkeypatch.setattr("wes_biomarkers.serve.safety.sleep", sleep)
    return found


def guess(client, n=11):
    return [client.get("/", params={"token": f"wrong{i}"}).status_code for i in range(n)]


def test_guessing_is_slowed(client, waits):
    assert set(guess(client, 10)) == {401} and waits == []
    assert set(guess(client, 5)) == {401} and waits == [safety.WAIT_S] * 5


def test_who_has_the_token_is_not_shut_out_by_wrong_ones_from_the_same_address(client, waits):
    guess(client, 30)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/api/cohort", headers=bearer).status_code == 200
    assert client.get("/", params={"token": TOKEN}).status_code == 303
    before = len(waits)
    assert client.get("/api/cohort").status_code == 200 and len(waits) == before  # the cookie does not wait


def test_only_a_few_may_wait(client, monkeypatch):
    monkeypatch.setattr(safety, "MAX_WAITING", 0)
    assert guess(client, 11)[-1] == 429
    assert client.get("/", params={"token": TOKEN}).status_code == 429


def test_a_cookie_of_another_cohort_is_worth_nothing(client, folder):
    other = TestClient(
        create_app(folder, token=new_token()), base_url="http://example.org", follow_redirects=False
    )
    client.get("/", params={"token": TOKEN})
    assert other.get("/api/cohort", cookies=dict(client.cookies)).status_code == 401


def test_many_questions_at_once_are_refused(client, monkeypatch):
    monkeypatch.setattr("wes_biomarkers.serve.safety.BURST", 5.0)
    monkeypatch.setattr("wes_biomarkers.serve.safety.RATE", 0.01)
    assert 429 in {client.get("/api/nothing").status_code for _ in range(20)}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"])
def test_another_name_pointed_here_is_refused(folder, host):
    client = TestClient(create_app(folder), base_url="http://localhost")
    assert client.get("/api/cohort", headers={"Host": host}).status_code == 421
    assert client.get("/api/cohort", headers={"Host": "127.0.0.1:8765"}).status_code == 200
    assert client.get("/api/cohort", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/app.py", "/assets/../../app.py", "/..%2fapp.py", "//etc/passwd", "/app.py",
     "/assets/%00", "/cohort.json", "/patient.parquet", "/api/../cohort.json"],
)  # fmt: skip
def test_no_file_but_the_pages_own(folder, path):
    client = TestClient(create_app(folder), base_url="http://localhost")
    assert client.get(path).status_code == 404


def test_every_answer_forbids_scripts_from_elsewhere(folder):
    client = TestClient(create_app(folder), base_url="http://localhost")
    for path in ("/", "/api/cohort", "/nothing"):
        headers = client.get(path).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in client.get("/").text


def test_the_log_holds_routes_only(folder, caplog):
    with caplog.at_level(logging.INFO, logger="wes_biomarkers.serve"):
        client = TestClient(create_app(folder), base_url="http://localhost")
        client.get("/api/patient/P000001", params={"f": "secret"})
    assert "/api/patient/{patient_id}" in caplog.text
    assert "P000001" not in caplog.text and "secret" not in caplog.text


def test_the_log_names_the_token_of_those_who_have_it(client, caplog):
    with caplog.at_level(logging.INFO, logger="wes_biomarkers.serve"):
        client.get("/api/cohort")
        client.get("/api/cohort", headers={"Authorization": "Bearer wrong"})
        client.get("/", params={"token": TOKEN})
        client.get("/api/cohort")
    names = [(line.split()[1], line.split()[-1]) for line in caplog.messages]
    assert names == [("-", "401"), ("-", "401"), ("token", "303"), ("token", "200")]


def test_an_error_of_ours_tells_nothing(folder, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("a clinical value")

    monkeypatch.setattr("wes_biomarkers.serve.summary.cohort", broken)
    answer = TestClient(create_app(folder), base_url="http://localhost").get("/api/cohort")
    assert answer.status_code == 500 and answer.json()["error"] == "Unexpected"
    assert "clinical" not in answer.text + caplog.text


def test_a_taken_port_is_said(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="port is taken"):
            listen(Place(port=taken.getsockname()[1]))


def test_places():
    assert Place().is_own and Place("::1").is_own and not Place("0.0.0.0").is_own
    with listen(Place(port=0)) as opened:
        assert address(Place(port=0), opened, "x").endswith("/?token=x")


def test_certificate_without_key_and_folder_without_cohort(tmp_path):
    (tmp_path / "c.pem").write_text("")
    found = CliRunner().invoke(command, [str(tmp_path), "--tls-cert", str(tmp_path / "c.pem")])
    assert found.exit_code == 2 and "together" in found.output
    assert isinstance(CliRunner().invoke(command, [str(tmp_path)]).exception, InputError)
