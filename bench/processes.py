"""What processes hold of the memory, from /proc."""

from pathlib import Path

import psutil

MB = 1_000_000


def shop_of(supervisor: int) -> dict[str, psutil.Process]:
    """The processes of one `vitrina serve` by what they are; those of PostgreSQL are left out."""
    root = psutil.Process(supervisor)
    found = {"supervisor": root}
    for child in root.children(recursive=True):
        command = " ".join(child.cmdline())
        if child.name() == "postgres":
            continue
        if "embedded_keeper" in command:
            found["keeper"] = child
        elif "spawn_main" in command:
            found[f"HTTP process {sum(name.startswith('HTTP') for name in found) + 1}"] = child
        elif "vitrina work" in command:
            found["worker"] = child
        elif "resource_tracker" in command:
            found["resource tracker"] = child
        else:
            found[f"{child.name()} {child.pid}"] = child
    return found


def peak(processes: list[psutil.Process]) -> float:
    """The most that one of them was resident with since `forget_peaks`, in MB."""
    return max(map(_peak, processes)) / MB


def forget_peaks(processes: list[psutil.Process]) -> None:
    for process in processes:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def _peak(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
