"""The seller's commands: `vitrina upload | offers | keys | contents | catalog`. They need the client only, no server.

Where the shop is and who calls stands in VITRINA_URL and VITRINA_TOKEN, which the server passes over.
"""

from .address import SELLERS
from .catalog import catalog
from .contents import contents
from .keys import keys
from .offers import offers
from .upload import upload

__all__ = ["SELLERS", "catalog", "contents", "keys", "offers", "upload"]
