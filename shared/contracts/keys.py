"""The keys of the data bucket: its prefixes, and where each file lies."""

from shared.contracts.records import DEFAULT_PROFILE, ExecutionId, Profile

INCOMING = "incoming/"
REJECTED = "rejected/"
REPORTS = "reports/"
RESULTS = "results/"
"""Results as Parquet, and nothing else: Athena reads all that lies in a folder."""
CORRECTIONS = "corrections/"
CATEGORIES = "categories/"
PROFILES = "profiles/"
_OF_SES = "/AMAZON_SES_SETUP_NOTIFICATION"
"""How the key ends of what SES writes where mails are to come, when its rule is made."""


def is_nobodys(key: str, size: int) -> bool:
    """Whether nobody uploaded it: the empty object that consoles make for a folder, or what SES writes."""
    return (key.endswith("/") and size == 0) or key.endswith(_OF_SES)


def incoming(name: str, profile: Profile = DEFAULT_PROFILE) -> str:
    """Where a file of feedback is put for a profile."""
    return f"{INCOMING}{name}" if profile == DEFAULT_PROFILE else f"{INCOMING}{profile}/{name}"


def categories(profile: Profile) -> str:
    """Where the profile's category list is put."""
    return f"{CATEGORIES}{profile}.json"


def profile(name: Profile) -> str:
    """Where the profile's document is put."""
    return f"{PROFILES}{name}.yaml"


def report(execution_id: ExecutionId) -> str:
    """The execution's report."""
    return f"{REPORTS}{execution_id}/report.html"


def results(execution_id: ExecutionId) -> str:
    """All rows of the execution, with their labels."""
    return f"{REPORTS}{execution_id}/results.csv"


def results_parquet(profile: Profile, execution_id: ExecutionId) -> str:
    """The same rows as Parquet; a profile's files are a table, or a partition of one."""
    return f"{RESULTS}profile={profile}/{execution_id}.parquet"


def rejected(execution_id: ExecutionId) -> str:
    """The rows that could not be read as feedback."""
    return f"{REJECTED}{execution_id}.csv"
