"""Links that cannot be read are told apart from a choice of nothing; going back and forth leaves no word in the console."""

import re

import pytest

pytestmark = pytest.mark.browser
ALL = "Show all patients"


@pytest.mark.parametrize(
    "link", ["cohort?f=garbage", "biomarkers?f=%7B%7D", "genes?f=%5B1%5D", 'cohort?f=[{"c":"sex"}]']
)
def test_a_filter_that_cannot_be_read_shows_nobody(page, address, link):
    page.goto(f"{address}/#/{link}")
    page.get_by_text("The filter in this link could not be read").wait_for()
    assert page.locator("main .card").count() == 1 and page.locator(".filter-bar").count() == 0
    page.get_by_role("button", name=ALL).click()
    page.wait_for_selector('[data-count="n_patient"]')
    assert "f=" not in page.url and page.locator(".fault").count() == 0


def test_a_filter_of_another_cohort_is_told_and_cleared(chromium, address):
    page = chromium.new_page()
    page.goto(f'{address}/#/cohort?f=[{{"c":"nothing_like_this","ge":1}}]')
    page.get_by_text("no such column").first.wait_for()
    assert page.locator("main .card").count() == 1
    page.get_by_role("button", name=ALL).click()
    page.wait_for_selector("main .card:not(.fault)")
    page.close()


def test_a_page_that_is_none_is_told(page, address):
    page.goto(f"{address}/#/nosuch")
    page.get_by_text("This cohort has no page “nosuch”").wait_for()
    page.wait_for_selector("main .card:not(.fault)")
    page.get_by_role("link", name="Cohort", exact=True).click()
    page.wait_for_function("!document.querySelector('.fault')")


def test_a_biomarker_that_cannot_be_compared_is_told(page, address):
    page.goto(f"{address}/#/biomarkers?feature=nothing_like_this")
    page.get_by_text("cannot be compared: this cohort has no such biomarker").wait_for()
    page.goto(f"{address}/#/biomarkers?feature=tmb_per_mb")
    page.wait_for_function("!document.body.innerText.includes('cannot be compared')")


def test_going_back_and_forth_fast_leaves_no_word_in_the_console(page, address, open_page):
    said = []
    page.on("console", lambda line: said.append(line.text))
    for name in ("cohort", "genes", "ask", "biomarkers", "cohort"):
        open_page(page, address, name)
    for pause in (0, 5, 15, 30, 60, 120):
        for step in ("back", "back", "back", "forward", "forward", "forward") * 2:
            page.evaluate(f"history.{step}()")
            page.wait_for_timeout(pause)
    page.wait_for_load_state("networkidle")
    assert said == []


WALK = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const box = at.getBoundingClientRect(), ring = [];
  for (let each = at; each && ring.length < 3; each = each.parentElement) {
    const style = getComputedStyle(each);
    ring.push(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 1);
  }
  return {
    name: (at.getAttribute('aria-label') || at.innerText || at.value || at.title || at.tagName).slice(0, 60),
    tag: `${at.tagName}.${at.getAttribute('class') || ''}`, body: at === document.body,
    size: box.width * box.height, seen: ring.includes(true),
  };
}"""


@pytest.mark.parametrize("name", ["cohort", "biomarkers", "genes", "plan", "ask", "patient/P000001"])
def test_every_stop_of_the_keyboard_is_seen_and_none_is_a_trap(page, address, open_page, name):
    open_page(page, address, name)
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        page.wait_for_timeout(25)  # the editor draws its ring a moment later
        stop = page.evaluate(WALK)
        if stop["body"]:
            break
        stops.append(stop)
    assert re.match("skip to content", stops[0]["name"], re.IGNORECASE)
    hidden = [stop for stop in stops if not stop["seen"] or not stop["size"]]
    assert not hidden, str(hidden)
    assert len({stop["name"] for stop in stops}) > 5
