"""What the operator asked for and cannot have: told in a sentence, without a traceback."""


class Refusal(Exception):
    """What was asked for cannot be done; the message says why."""
