"""How a verb says that the file, not the machine, is at fault."""

TOO_MUCH_MEMORY = "The file is too large or too complex to process; make it smaller and upload it again."


class Refusal(Exception):
    """One sentence to the seller: what is wrong with the file and what to do."""
