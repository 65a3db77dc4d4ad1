"""A test whose program is missing is never silently green."""

import pytest

from tests.system_programs import Program, missing, require

PRESENT = Program("sh", "dash", "to be there")
ABSENT = Program("no-such-program-here", "no-such-package", "to be missing")
PROGRAMS = (PRESENT, ABSENT)


def test_only_absent_programs_are_named_when_the_list_is_checked() -> None:
    assert missing(PROGRAMS) == [ABSENT]


def test_test_runs_when_its_program_is_present() -> None:
    require("sh", is_ci=True, programs=PROGRAMS)


def test_test_is_skipped_visibly_when_its_program_is_missing() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no-such-program-here is missing.*no-such-package"):
        require("no-such-program-here", is_ci=False, programs=PROGRAMS)


def test_test_fails_when_its_program_is_missing_in_ci() -> None:
    with pytest.raises(pytest.fail.Exception, match="no-such-program-here is missing"):
        require("no-such-program-here", is_ci=True, programs=PROGRAMS)


def test_test_fails_when_its_program_is_not_declared() -> None:
    with pytest.raises(pytest.fail.Exception, match="not in the list"):
        require("not-listed-anywhere", is_ci=False, programs=PROGRAMS)
