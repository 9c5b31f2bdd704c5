"""The errors that a job raises on purpose; each says what happened, where, and what to do."""


class JobError(Exception):
    """The job cannot go on; its message is meant for the person who reads the log."""


class ArgumentError(JobError):
    """An argument of the job is missing or malformed."""


class ContractError(JobError):
    """A contract, or the manifest made from it, does not say what it must."""


class UnreadableFileError(JobError):
    """An accepted file no longer reads as the validator read it."""


class ConservationError(JobError):
    """Rows in are not rows out plus quarantined plus duplicates."""


class PublicationError(JobError):
    """A table's branch cannot become its main branch."""


class LeaseError(JobError):
    """The lease of the merge lock was not had, or was lost."""
