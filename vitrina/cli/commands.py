"""The table of contents of the command line: commands of the server, of its operator, and of its clients.

Each is loaded when it is called: a server is not to hold all of them in memory, and a client need not wait for them.
"""

import cyclopts

SELLERS = cyclopts.Group("For sellers, on any shop")
MEMBERS = cyclopts.Group("For members of working groups, on any shop")

app = cyclopts.App(
    name="vitrina",
    help="Sell and license digital content: the server, its operator's tools, and the client.",
    version_flags=["--version"],
)

for place, name in (
    ("server:serve", "serve"),
    ("server:work", "work"),
    ("server:migrate", "migrate"),
    ("server:demo", "demo"),
    ("backup:backup", "backup"),
    ("backup:restore", "restore"),
    ("doctor:doctor", "doctor"),
    ("doctor:settings", "settings"),
    ("operator:sellers", "seller"),
    ("operator:tokens", "token"),
    ("operator:operators", "operator"),
    ("stock:stock", "stock"),
    ("groups:groups", "group"),
    ("groups:members", "member"),
    ("groups:licences", "licence"),
    ("groups:invoices", "invoice"),
):
    app.command(f"vitrina.cli.{place}", name=name)

for place, name in (
    ("upload:upload", "upload"),
    ("offers:offers", "offers"),
    ("keys:keys", "keys"),
    ("contents:contents", "contents"),
    ("catalog:catalog", "catalog"),
):
    app.command(f"vitrina.cli.client.{place}", name=name, group=SELLERS)

for place, name in (
    ("search:search", "search"),
    ("license:license", "license"),
    ("licences:licences", "licences"),
    ("licences:download", "download"),
    ("invoices:invoices", "invoices"),
):
    app.command(f"vitrina.cli.client.{place}", name=name, group=MEMBERS)


def load_all() -> None:
    """Load every command, for the list of them tells what each is for."""
    for name in app:
        app[name]
