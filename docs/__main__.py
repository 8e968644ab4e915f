"""Writes the generated pages of docs/ anew: `make docs`. A test fails when they are behind the code."""

from pathlib import Path

from vitrina.cli.doctor import shown
from vitrina.settings import SETTINGS, Settings

ROOT = Path(__file__).parent


def settings_page() -> str:
    """docs/reference/settings.md"""
    defaults = Settings()
    lines = [
        "# Settings",
        "",
        "All settings are environment variables. `vitrina settings` shows them with their present values,",
        "`vitrina doctor` checks them and names the cure of what is wrong.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for setting in SETTINGS:
        value = shown(getattr(defaults, setting.name))
        lines.append(f"| `{setting.variable}` | {f'`{value}`' if value else ''} | {setting.meaning} |")
    lines += [
        "",
        "S3 credentials come from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_REGION`, as everywhere.",
        "",
        "The client's commands (`vitrina upload`, `offers`, `contents`, `keys`) read `VITRINA_URL`",
        "and `VITRINA_TOKEN`.",
        "",
    ]
    return "\n".join(lines)


PAGES = {"reference/settings.md": settings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
