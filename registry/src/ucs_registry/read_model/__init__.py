"""What lists ask, kept in memory: a projection of the database, one in each process, and never a source of truth.

A `Model` follows the log. Before it answers it is brought to the position at which the database stands; where it cannot be, or
where a question asks for what it does not know, it has no answer, and the database is asked as ever.
"""

from ucs_registry.read_model.following import Followed
from ucs_registry.read_model.lists import Listed
from ucs_registry.read_model.model import RESOURCES_MOST, Head, Model
from ucs_registry.read_model.ports import Reads

__all__ = ["RESOURCES_MOST", "Followed", "Head", "Listed", "Model", "Reads"]
