"""Authentication as the gateway uses it."""

from sandbox.identity.authentication import Identity, authorize
from sandbox.identity.judgement import lineage, may_act
from sandbox.identity.principal import ANONYMOUS, Principal

__all__ = ["ANONYMOUS", "Identity", "Principal", "authorize", "lineage", "may_act"]
