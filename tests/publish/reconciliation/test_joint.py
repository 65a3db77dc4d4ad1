"""Published percents that must hold together."""

from pipc_etl.publish.reconciliation.joint import Part, YearCounts, joint_counts, year_counts
from pipc_etl.publish.reconciliation.percents import Counts, read_percent
from pipc_etl.publish.reconciliation.statement import joint_statement

TOTAL = read_percent("96,6")
WHOLE = read_percent("100", decimals=1)


def parts_of_2020(of_victims: int = 2, of_tic: int | None = None) -> list[Part]:
    """The five lines of S0 with the missing units that its footnotes explain."""
    return [
        Part("Gobierno Abierto", read_percent("96,3"), 1),
        Part("Víctimas", read_percent("98,7"), of_victims),
        Part("TIC", read_percent("71,4"), of_tic),
        Part("Subsecretaría Técnica", WHOLE),
        Part("Servicio a la Ciudadanía", WHOLE),
    ]


def test_only_14_21_or_28_programmed_units_of_tic_fit_the_plan_of_2020() -> None:
    """With the victims' footnote of two the obvious 5/7 is impossible; 10/14 needs a total of 203 to 208."""
    found = joint_counts(parts_of_2020(), TOTAL)
    tic = {str(option.counts): (option.least_total.programmed, option.largest_total.programmed) for option in found.parts[2].options}
    assert tic == {"10/14": (203, 208), "15/21": (261, 268), "20/28": (319, 328)}
    assert Counts(7, 5) in found.parts[2].alone
    assert Counts(205, 198) in found.totals, "the reconstruction's choice"
    assert {str(option.counts) for option in found.parts[0].options} == {"26/27"}


def test_5_of_7_needs_the_victims_to_miss_one_against_their_footnote() -> None:
    found = joint_counts(parts_of_2020(of_victims=1), TOTAL, bound=150)
    assert [str(option.counts) for option in found.parts[2].options] == ["5/7"]
    assert [str(option.counts) for option in found.parts[1].options] == ["74/75", "75/76", "76/77", "77/78", "78/79"]
    assert {counts.programmed for counts in found.totals} == {116, 117, 118, 119}


def test_the_footnotes_as_printed_fit_no_total() -> None:
    found = joint_counts(parts_of_2020(of_tic=3), TOTAL)
    assert found.totals == ()
    statement = joint_statement(found, TOTAL)
    assert not statement.holds
    assert "TIC (71,4 %): imposible por sí sola." in statement.lines


def test_105_62_and_38_leave_eight_plans_with_a_surplus_of_two() -> None:
    """S1: with two units above the programme to August, the reconstruction's 40, 42 and 68 is one of eight."""
    found = year_counts(read_percent("105"), read_percent("62"), read_percent("38"), surplus=2)
    assert [(year.programmed, year.executed, year.annual) for year in found] == [
        (37, 39, 63), (38, 40, 65), (39, 41, 66), (40, 42, 68), (41, 43, 69), (42, 44, 71), (43, 45, 73), (44, 46, 74),
    ]  # fmt: skip
    assert YearCounts(55, 58, 93) in year_counts(read_percent("105"), read_percent("62"), read_percent("38"), surplus=3)
    # From May to August alone 26 were programmed: a plan with a surplus of one would be smaller than that.
    assert all(year.programmed < 26 for year in year_counts(read_percent("105"), read_percent("62"), read_percent("38"), surplus=1))


def test_parts_that_exceed_their_programme_add_up_too() -> None:
    parts = [Part("a", read_percent("122"), -2), Part("b", read_percent("100"), 0)]
    found = joint_counts(parts, read_percent("105"), bound=60)
    assert Counts(42, 44) in found.totals
    assert all(counts.executed > counts.programmed for counts in found.totals)
