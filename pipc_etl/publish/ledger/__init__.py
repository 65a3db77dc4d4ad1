"""The register of publications: what was prepared, what stopped it, who approved it, and every figure as it was published."""

from pipc_etl.publish.ledger.deciding import approve, reject
from pipc_etl.publish.ledger.differences import Change, Comparison, compare
from pipc_etl.publish.ledger.freezing import altered_files
from pipc_etl.publish.ledger.model import GATES, Gate, Publication, PublishedFile, Request, Stop, StoppedError, Waiver
from pipc_etl.publish.ledger.preparing import prepare
from pipc_etl.publish.ledger.register import at_address, figures, load_document, publication, publications
from pipc_etl.publish.ledger.storing import from_json, to_json
from pipc_etl.publish.ledger.texts import texts, write_text

__all__ = [
    "GATES",
    "Change",
    "Comparison",
    "Gate",
    "Publication",
    "PublishedFile",
    "Request",
    "Stop",
    "StoppedError",
    "Waiver",
    "altered_files",
    "approve",
    "at_address",
    "compare",
    "figures",
    "from_json",
    "load_document",
    "prepare",
    "publication",
    "publications",
    "reject",
    "texts",
    "to_json",
    "write_text",
]
