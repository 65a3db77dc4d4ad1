"""Where the marts hold each published figure: by the scope it speaks about, the mart, the rows and the value in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What may be added up over the sessions of a space or plan; distinct persons never.
ADDITIVE = {"form_rows", "attendances", "unidentified_qty"}


@dataclass(frozen=True)
class Source:
    """Where a scope's figures stand: a mart, the condition that picks the rows (over :subject, :period, ...), and how they become one.

    `value` is what to select for the measure `{measure}`; where it names another column, `measures` says for which measures (None: for any
    that the mart has a column of). `as_of` names the column that says to which date a row speaks: where it is not the report's cut-off, the
    mart's function is asked. `status` names the column that says why there is no number.
    """

    mart: str
    where: str
    value: str = "{measure}"
    measures: frozenset[str] | None = None
    as_of: str | None = None
    status: str | None = None

    def answers(self, measure: str, columns: set[str]) -> bool:
        """Whether the source has the measure; `columns` are those of its mart."""
        return measure in columns if self.measures is None else measure in self.measures


SUM = "sum({measure})"
# A ratio of sums over the activities of the plan; nothing at all where a cell of it is suppressed.
_SHARE = (
    "case when not bool_or(suppressed) then "
    "100.0 * coalesce(sum(attendances) filter (where category = :category), 0) / nullif(sum(attendances), 0) end"
)
_OF_PLAN = (
    "(plan_code, fiscal_year) in "
    "(select plan_code, fiscal_year from marts.dim_activity where entity_code = :entity_code and plan_name = :subject)"
)
_OF_ACTIVITY = (
    "(plan_code, fiscal_year, activity_code) in "
    "(select plan_code, fiscal_year, activity_code from marts.dim_activity where entity_code = :entity_code and activity_name = :subject)"
)
_OF_HOLDER = (
    "(cast(:holder as text) is null or dependency_code in (select dependency_code from marts.dim_dependency "
    "where entity_code = :entity_code and (dependency_name = :holder or :holder = any(string_to_array(former_names, '; ')))))"
)
_IN_PERIOD = "session_on between :starts_on and :ends_on"
# «Publicar el plan / Registro de publicaciones»: the figures' file shortens the names of activity, task and product, in that order.
_OF_PRODUCT = (
    "(select bool_and(regexp_replace(concat_ws(' / ', activity_name, task_name, product_name), '\\s*\\(\\d+\\)', '', 'g') "
    "ilike '%' || part || '%') from string_to_table(:subject, ' / ') as part)"
)


def _compliance(mart: str, where: str) -> Source:
    return Source(mart, f"{where} and period_code = :period", as_of="cutoff_date", status="status" if "activity" in mart else None)


def sources(social_metrics: frozenset[str]) -> Mapping[str, tuple[Source, ...]]:
    """The sources of each scope, the first that has the measure answers; `social_metrics` are the codes of the list of metrics."""
    return {
        "plan": (
            _compliance("rpt_plan_compliance", "plan_name = :subject"),
            Source("rpt_attendance_by_session", f"{_OF_PLAN} and {_IN_PERIOD}", SUM),
        ),
        "dependency": (_compliance("rpt_reporting_group_compliance", "reporting_group = :subject"),),
        "activity": (
            _compliance("rpt_activity_compliance", "activity_name = :subject"),
            Source("rpt_participants_by_month", f"scope = 'activity' and window_code = :period and {_OF_ACTIVITY}"),
        ),
        "product": (_compliance("rpt_activity_compliance", _OF_PRODUCT),),
        "session": (
            Source("rpt_attendance_by_session", "title = :subject and session_on = :starts_on"),
            Source(
                "rpt_citizen_questions", "title = :subject and session_on = :starts_on", "received_qty", measures=frozenset({"questions"})
            ),
            Source(
                "rpt_social_metric",
                "subject_type = 'session' and subject_name = :subject and subject_on = :starts_on and metric = :measure",
                "value_qty",
                measures=social_metrics,
            ),
        ),
        "space": (
            Source("rpt_attendance_by_session", f"space_name = :subject and {_IN_PERIOD}", SUM),
            Source(
                "rpt_social_metric",
                "subject_type = 'space' and subject_name = :subject and subject_on between :starts_on and :ends_on and metric = :measure",
                "value_qty",
                measures=social_metrics,
            ),
        ),
        "commitments": (
            Source(
                "rpt_commitments_by_month",
                f"instance_type = :instance_type and period_code = :period and {_OF_HOLDER}",
                as_of="cutoff_date",
            ),
        ),
        "profile": (
            Source(
                "rpt_attendance_profile",
                f"scope = 'activity' and period_code = :period and dimension in (:dimension, :dimension || '_band') and {_OF_PLAN}",
                _SHARE,
            ),
        ),
        "topics": (Source("rpt_proposed_topics", "call_name = :subject and period_code = :period"),),
        "indicator": (
            Source(
                "fct_indicator_value",
                "indicator_name = :subject and period_code = :period and value_role = :value_role and unit = :unit",
                status="missing_kind",
            ),
        ),
        "self_assessment": (
            Source("fct_self_assessment", "item_level = 'policy' and policy || ' ' || measured_year = :subject and period_code = :period"),
        ),
    }
