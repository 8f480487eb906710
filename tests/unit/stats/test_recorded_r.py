"""The recorded answers of R are what R gives, where R is."""

import pytest
import recorded_r


@pytest.mark.parametrize("name", recorded_r.SCRIPTS)
def test_r_gives_what_was_recorded(name):
    missing = recorded_r.missing_packages(name)
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)}")
    assert recorded_r.differences(recorded_r.recorded(name), recorded_r.run(name)) == []


def test_a_difference_is_seen():
    assert recorded_r.differences({"a": [1.0, 2.0]}, {"a": [1.0, 2.001]}) == [".a[1]: 2.0 and 2.001"]
    assert recorded_r.differences([1], [1, 2]) == [": other length"]
