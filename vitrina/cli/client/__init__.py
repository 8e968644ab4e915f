"""The seller's commands: `vitrina upload | offers | keys | contents | catalog`. They need the client only, no server.

Where the shop is and who calls stands in VITRINA_URL and VITRINA_TOKEN, which the server passes over.
"""
