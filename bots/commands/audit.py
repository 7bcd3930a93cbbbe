"""`askmql audit`: the record of who asked what."""

import click


@click.group()
def command() -> None:
    """Search, verify, export or erase the record of questions."""
