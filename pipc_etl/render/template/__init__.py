"""Contract -> the workbook that a dependency fills in: instructions, a sheet with notes, lists and checks, and a hidden fingerprint."""

from pipc_etl.render.template.book import template_bytes
from pipc_etl.render.template.model import Addressee, Choice, Line, PlanInForce, Template

__all__ = ["Addressee", "Choice", "Line", "PlanInForce", "Template", "template_bytes"]
