"""`vitrina search`: the operator's care for the stock search of this host."""

import cyclopts
from rich.console import Console

from .connect import with_shop

search = cyclopts.App(name="search", help="The stock search of this host.")
_out = Console(stderr=True, soft_wrap=True, highlight=False)


@search.command
def rebuild() -> None:
    """Build the search index anew, while the old one answers until the new one takes its place."""

    def tell(added: int) -> None:
        status.update(f"  {added:,} items …")

    with _out.status("  Building …") as status:
        added = with_shop(lambda shop: shop.search_feed.build(tell))
    _out.print(f"The search index was built: {added:,} items.")
