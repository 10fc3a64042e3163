"""Many slow jobs on all cores or on a Dask cluster, with their results kept on disk. Knows nothing of hardware."""

from .progress import Counts, shown
from .store import Store, default_folder
from .sweep import sweep
from .work import Outcome

__all__ = ["Counts", "Outcome", "Store", "default_folder", "shown", "sweep"]
