"""Addresses, headers and certificates that try to get more than the page."""

import pytest
from starlette.testclient import TestClient

from wes_biomarkers.errors import InputError
from wes_biomarkers.serve.app import create_app
from wes_biomarkers.serve.run import Place, listen, run
from wes_biomarkers.serve.safety import _own_name
from wes_biomarkers.simulate.tables.cohort import simulate_tables
from wes_biomarkers.simulate.tables.parameters import TableParameters

TOKEN = "a-token-of-many-letters"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("trial") / "trial"
    simulate_tables(TableParameters(n_patient=10, seed=1), out)
    return out / "cohort"


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "%00", "P000001%00", "..%5c..%5cx", "%252e%252e%252f", "<script>",
     "P000001'--", "%f0%9f%98%80", "a" * 300],
)  # fmt: skip
def test_no_such_patient(folder, path):
    answer = TestClient(create_app(folder), base_url="http://localhost").get(f"/api/patient/{path}")
    assert answer.status_code in (404, 422)
    assert "<script>" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Host": "localhost"}, {"Forwarded": "for=127.0.0.1;host=localhost"},
     {"X-Real-IP": "127.0.0.1"}, {"X-Original-URL": "/"}, {"Origin": "http://localhost"}, {"Host": "localhost"},
     {"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Authorization": f"Basic {TOKEN}"},
     {"Cookie": "wes_=; wes=1; \"=\""}],
)  # fmt: skip
def test_no_header_replaces_the_token(folder, headers):
    client = TestClient(create_app(folder, token=TOKEN), base_url="http://example.org")
    assert client.get("/api/cohort", headers=headers).status_code == 401


def test_no_header_makes_another_host_the_own_one(folder):
    client = TestClient(create_app(folder), base_url="http://evil.example")
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded"):
        assert client.get("/api/cohort", headers={name: "localhost"}).status_code == 421


def test_a_certificate_that_is_none(folder, tmp_path):
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("nothing")
    place = Place(port=0, certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with listen(place) as opened, pytest.raises(InputError, match="TLS cannot start"):
        run(create_app(folder), place, opened)


def test_the_cookie_stays_on_tls(folder):
    client = TestClient(
        create_app(folder, token=TOKEN, secure=True), base_url="https://example.org", follow_redirects=False
    )
    assert "secure" in client.get("/", params={"token": TOKEN}).headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "host", ["[::1].evil.com", "[::1]@evil.com:80", "127.0.0.1@evil.com", "localhost:80:evil.com", ""]
)
def test_a_name_that_only_begins_like_this_machine_is_another(host):
    assert not _own_name(host)


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000", "127.0.0.1:8000", "localhost", "LOCALHOST:1"])
def test_the_machines_own_names(host):
    assert _own_name(host)


def test_half_a_letter_is_refused(folder):
    client = TestClient(create_app(folder), base_url="http://localhost")
    answer = client.get("/api/counts", params={"f": '[{"c":"site","in":["\\ud800"]}]'})
    assert answer.status_code == 422
