"""The states of a row: those of every send."""

from ..settling.states import FINAL, STATES, TRANSITIONS, UNSETTLED, State

__all__ = ["FINAL", "STATES", "TRANSITIONS", "UNSETTLED", "State"]
