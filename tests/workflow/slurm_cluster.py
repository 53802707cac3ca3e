"""A real Slurm of two nodes on this machine's loopback, for tests.

Ports, key and folders are its own, and nothing of the machine's is changed. Every node claims 8 CPUs, 64 GB and two
GPUs whatever the machine has, so that this tests scheduling and not speed.
"""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

NODES = ("node1", "node2")
DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo", "munge")
CONFIG = """\
ClusterName=toy
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MinJobAge=300
KillWait=5
ReturnToService=2
SlurmdParameters=config_overrides
GresTypes=gpu
{nodes}
PartitionName=cpu Nodes={names} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={names} MaxTime=INFINITE State=UP
"""
NODE = (
    "NodeName={name} NodeAddr=127.0.0.1 NodeHostname={host} Port={port} CPUs=8 Boards=1 SocketsPerBoard=1"
    " CoresPerSocket=8 ThreadsPerCore=1 RealMemory=64000 Gres=gpu:h200:2 State=UNKNOWN"
)
# Two devices that every machine has stand for the GPUs of a node.
GPUS = "NodeName={names} Name=gpu Type=h200 File={device}\n"


def missing() -> list[str]:
    """The programs of Slurm and munge that are not installed."""
    return [name for name in (*DAEMONS, *CLIENTS) if find(name) is None]


def find(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"]))


def free_ports(number: int) -> list[int]:
    """Ports that nothing listens on now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class Cluster:
    """Two nodes; `environment` is what a process needs to submit to them."""

    def __init__(self) -> None:
        # Not pytest's folder: the path of a socket may have 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.daemons: list[subprocess.Popen] = []

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        return {**os.environ, "PATH": path, "SLURM_CONF": str(self.folder / "slurm.conf")}

    def start(self) -> None:
        """Start the daemons and wait until both nodes are idle."""
        self._write_config()
        munge = ["--key-file", "munge.key", "--socket", "munge.socket", "--pid-file", "munged.pid"]
        files = ["--seed-file", "munged.seed", "--log-file", "munged.log"]
        arguments = [a if a.startswith("--") else str(self.folder / a) for a in munge + files]
        self._daemon("munged", "--foreground", "--force", *arguments)
        wait_until((self.folder / "munge.socket").exists, 10, "munged")
        self._daemon("slurmctld", "-D", "-f", str(self.folder / "slurm.conf"))
        for name in NODES:
            self._daemon("slurmd", "-D", "-N", name, "-f", str(self.folder / "slurm.conf"))
        wait_until(
            lambda: self.client("sinfo", "-h", "-N", "-p", "cpu", "-o", "%T") == "idle\nidle", 30, "two idle nodes"
        )

    def kill_slurmd(self, node: str) -> None:
        """SIGKILL the daemon of a node, as when it crashes, and start it again; its jobs go on meanwhile."""
        place = len(self.daemons) - len(NODES) + NODES.index(node)
        self.daemons[place].kill()
        self.daemons[place].wait()
        self._daemon("slurmd", "-D", "-N", node, "-f", str(self.folder / "slurm.conf"))
        self.daemons[place] = self.daemons.pop()

    def stop(self) -> None:
        """Cancel what is left and stop the daemons."""
        with contextlib.suppress(subprocess.SubprocessError):
            self.cancel(*self.jobs())
            wait_until(lambda: not self.jobs(), 15, "an empty queue")
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, *command: str) -> str:
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout.strip() if done.returncode == 0 else f"error: {done.stderr.strip()}"

    def jobs(self, state: str = "all") -> dict[str, str]:
        """Slurm job id -> comment (which names the rule), of the jobs that wait or run."""
        states = "PENDING,RUNNING,COMPLETING,SUSPENDED" if state == "all" else state
        lines = self.client("squeue", "-h", "-t", states, "-o", "%i|%k").splitlines()
        return dict(line.split("|", 1) for line in lines if "|" in line)

    def cancel(self, *jobs: str, signal_name: str = "") -> None:
        if jobs:
            self.client("scancel", *(["--signal", signal_name] if signal_name else []), *jobs)

    def logs(self) -> str:
        """The end of the daemons' logs, for the message of a failure."""
        return "\n".join(
            f"{p.name}: {p.read_text(errors='replace')[-2000:]}" for p in sorted(self.folder.glob("*.log"))
        )

    def _daemon(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.{len(self.daemons)}.out.log").open("wb") as log:
            command = [find(name) or name, *arguments]
            self.daemons.append(
                subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, start_new_session=True)
            )

    def _write_config(self) -> None:
        folder, host = self.folder, socket.gethostname().split(".")[0]
        folder.chmod(0o755)
        (folder / "state").mkdir()
        (folder / "munge.key").write_bytes(os.urandom(1024))
        (folder / "munge.key").chmod(0o400)
        controller, *ports = free_ports(1 + len(NODES))
        nodes = [NODE.format(name=name, host=host, port=port) for name, port in zip(NODES, ports, strict=True)]
        for name in NODES:
            (folder / f"spool.{name}").mkdir()
        config = CONFIG.format(
            host=host,
            controller=controller,
            user=getpass.getuser(),
            folder=folder,
            nodes="\n".join(nodes),
            names=",".join(NODES),
        )
        (folder / "slurm.conf").write_text(config)
        gpus = [GPUS.format(names=",".join(NODES), device=device) for device in ("/dev/null", "/dev/zero")]
        (folder / "gres.conf").write_text("".join(gpus))
        self._write_srun()

    def _write_srun(self) -> None:
        # Within a job the plugin drops all SLURM_ variables, and with them where this cluster's config is.
        wrapper = self.folder / "bin" / "srun"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {find("srun")} "$@"\n')
        wrapper.chmod(0o755)


def wait_until(condition, seconds: float, what: str):
    """Wait for `condition()` to be true, and return what it returned; TimeoutError names what was waited for."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)
    return found
