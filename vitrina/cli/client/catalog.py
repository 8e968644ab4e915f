"""`vitrina catalog`: sections, and the ids of subcategories that an offer is put into."""

from rich.text import Text
from rich.tree import Tree

from .address import LOCAL, Address, Flag, shop_at
from .printing import as_json, clean, out


def catalog(section: int | None = None, *, json: Flag = False, at: Address = LOCAL) -> None:
    """Show the catalogue: numbers of sections, ids of subcategories.

    Parameters
    ----------
    section
        Only this section.
    json
        Print the answer as JSON.
    """
    with shop_at(at) as shop:
        sections = [one for one in shop.catalog.sections() if section in (None, one.id)]
    if json:
        return as_json(sections)
    for one in sections:
        tree = Tree(Text(f"{one.id} {clean(one.name)}  ({one.total} on sale)"), guide_style="dim")
        for child in one.children:
            tree.add(Text(f"{child.id} {clean(child.name)}"))
        out.print(tree, soft_wrap=False)
    return None
