"""The seller's commands: `vitrina upload | offers | keys | contents | catalog`. They need the client only, no server.

Where the shop is and who calls stands in two variables of the environment, which the server leaves alone.
"""

from .address import SELLERS, TOKEN_VARIABLE, URL_VARIABLE, WrongUse
from .catalog import catalog
from .contents import contents
from .keys import keys
from .offers import offers
from .upload import upload

CLIENT_VARIABLES = frozenset({URL_VARIABLE, TOKEN_VARIABLE})

__all__ = ["CLIENT_VARIABLES", "SELLERS", "WrongUse", "catalog", "contents", "keys", "offers", "upload"]
