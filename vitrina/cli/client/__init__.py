"""The client's commands. They need the client only, no server.

For sellers: `vitrina upload | offers | keys | contents | catalog`; where the shop is and who calls stands in
VITRINA_URL and VITRINA_TOKEN. For members of working groups: `vitrina search | license | licences | download |
invoices`, with VITRINA_URL, VITRINA_API_KEY, VITRINA_LOGIN and VITRINA_PASSWORD. The server passes all of these over.
"""
