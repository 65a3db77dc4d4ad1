"""The feedback workbook: the sender's file as it came, its cells marked, with a first sheet *Pendientes*."""

from pipc_etl.answers.workbook.feedback import Feedback, feedback_name, feedback_workbook

__all__ = ["Feedback", "feedback_name", "feedback_workbook"]
