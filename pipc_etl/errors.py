"""The few exceptions that a person must act on; a submitter's mistake is a Finding, never an exception."""


class PipcError(Exception):
    """A condition that an operator or a developer must fix; `exit_code` is what `pipc` ends with."""

    exit_code = 1


class SettingsError(PipcError):
    """An environment variable is missing or makes no sense."""

    exit_code = 2


class ContractError(PipcError):
    """A declaration in `expectations/` contradicts itself or its published version."""


class RuleError(PipcError):
    """A rule of a contract cannot be evaluated: a bug of the declaration, never a fault of the sender."""


class WarehouseError(PipcError):
    """The database is out of reach, not prepared, or refuses a step (disk, ports, roles)."""


class UnreadableFileError(PipcError):
    """The bytes cannot be read as any supported format; becomes the verdict `unreadable`."""

    exit_code = 3


class PublicationError(PipcError):
    """A report cannot be composed, published or found as asked; its message is Spanish, for the planning office."""
