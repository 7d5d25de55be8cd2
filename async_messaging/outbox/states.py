"""The states of a key: those of every send."""

from ..settling.states import OPEN, TRANSITIONS, UNSETTLED, State, may_go

__all__ = ["OPEN", "TRANSITIONS", "UNSETTLED", "State", "may_go"]
