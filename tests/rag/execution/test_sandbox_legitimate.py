"""What ordinary programs do works under the filter of system calls and within the limits."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.execution import Limits, Program, Sandbox, open_sandbox
from tests.sandboxes import NO_BWRAP

# name -> program
PYTHON = {
    "threads": (
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(16) as pool:\n"
        "    assert sum(pool.map(abs, range(-99, 1))) == 4950"
    ),
    "processes": (
        "import multiprocessing as m\ncontext = m.get_context('fork')\nwith context.Pool(3) as pool:\n"
        "    assert pool.map(abs, range(-9, 1)) == list(range(9, -1, -1))"
    ),
    "processes that spawn": (
        "import concurrent.futures as c, multiprocessing as m\n"
        "with c.ProcessPoolExecutor(2, m.get_context('fork')) as pool: assert pool.submit(abs, "
        "-1).result() == 1"
    ),
    "queues and pipes of processes": (
        "import multiprocessing as m\nc = m.get_context('fork'); q = c.Queue()\n"
        "p = c.Process(target=q.put, args=(b'x' * 100_000,)); p.start(); assert len(q.get()) == 100_000; "
        "p.join()"
    ),
    "shared memory": (
        "from multiprocessing import shared_memory as s\na = s.SharedMemory(create=True, size=1 << 20)\n"
        "b = s.SharedMemory(a.name); a.buf[0] = 7; assert b.buf[0] == 7; b.close(); a.close(); a.unlink()"
    ),
    "locks and values of processes": (
        "import multiprocessing as m\nv = m.get_context('fork').Value('i', 0)\n"
        "with v.get_lock(): v.value += 1\n"
        "assert v.value == 1"
    ),
    "asyncio": (
        "import asyncio\nasync def main():\n    p = await asyncio.create_subprocess_exec('echo', 'hi', "
        "stdout=-1)\n"
        "    assert (await p.communicate())[0] == b'hi\\n'\n"
        "    await asyncio.gather(asyncio.sleep(0.01), asyncio.to_thread(abs, 1))\n"
        "    s = await asyncio.start_server(lambda r, w: w.close(), '127.0.0.1', 0)\n"
        "    r, w = await asyncio.open_connection(*s.sockets[0].getsockname()); "
        "assert await r.read() == b''\n"
        "asyncio.run(main())"
    ),
    "subprocesses": (
        "import subprocess, sys\nassert subprocess.run([sys.executable, '-c', 'print(1)'], "
        "capture_output=True).stdout\n"
        "assert subprocess.check_output('echo a | tr a b; ulimit -n', shell=True)"
    ),
    "a data base": (
        "import sqlite3\nc = sqlite3.connect('x.db'); c.execute('pragma journal_mode=wal')\n"
        "c.execute('create table t (x)'); c.execute('insert into t values (1)'); c.commit()\n"
        "assert sqlite3.connect('x.db').execute('select * from t').fetchall() == [(1,)]"
    ),
    "a server and its client": (
        "import http.server, threading, urllib.request\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self): self.send_response(200); self.end_headers(); self.wfile.write(b'ok')\n"
        "s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), H); "
        "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
        "assert urllib.request.urlopen(f'http://127.0.0.1:{s.server_port}').read() == b'ok'; s.shutdown()"
    ),
    "names of hosts": "import socket; assert socket.getaddrinfo('127.0.0.1', 80); socket.gethostname()",
    "sockets of all that are allowed": (
        "import socket\nsocket.socketpair(); socket.socket(socket.AF_INET6); "
        "u = socket.socket(type=socket.SOCK_DGRAM)\n"
        "u.bind(('127.0.0.1', 0)); u.sendto(b'x', u.getsockname()); assert u.recv(9) == b'x'\n"
        "s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)"
    ),
    "temporary files": (
        "import os, shutil, tempfile\nwith tempfile.TemporaryDirectory() as d, "
        "tempfile.TemporaryFile() as f:\n"
        "    f.write(b'x'); f.flush(); os.fsync(f.fileno()); os.sync(); open(d + '/a', 'w').close()\n"
        "    shutil.copy2(d + '/a', d + '/b'); os.link(d + '/a', d + '/c'); os.chmod(d + '/a', 0o600)\n"
        "    os.utime(d + '/a'); os.rename(d + '/a', d + '/e'); os.statvfs(d); os.listxattr(d); "
        "os.mkfifo(d + '/f')"
    ),
    "maps, locks and zero-copy": (
        "import fcntl, mmap, os\nf = open('f', 'w+b'); f.truncate(1 << 20); m = mmap.mmap(f.fileno(), "
        "0); m[:2] = b'ab'\n"
        "m.flush(); fcntl.flock(f, fcntl.LOCK_EX); os.posix_fallocate(f.fileno(), 0, 4096)\n"
        "g = open('g', 'wb'); assert os.sendfile(g.fileno(), f.fileno(), 0, 100) == 100\n"
        "assert os.copy_file_range(f.fileno(), g.fileno(), 100) == 100"
    ),
    "a terminal of its own": (
        "import os, pty, termios\nm, s = os.openpty(); os.write(m, b'hi\\n"
        "'); assert os.read(s, 9) == b'hi\\n'\n"
        "termios.tcgetattr(s); os.isatty(1); assert pty.spawn(['true']) == 0"
    ),
    "signals and timers": (
        "import signal, time, os\nseen = []\nsignal.signal(signal.SIGALRM, lambda *a: seen.append(1))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(0.05); assert seen; os.kill(os.getpid(), 0)"
    ),
    "what is known of the machine": (
        "import os, platform, resource, time\nos.cpu_count(); os.getloadavg(); os.sched_getaffinity(0); "
        "platform.platform()\n"
        "resource.getrusage(0); open('/proc/meminfo').read(); open('/proc/cpuinfo').read(); "
        "open('/proc/self/maps').read()\n"
        "time.clock_gettime(1); os.getrandom(8); os.getgroups(); os.nice(0); os.uname(); "
        "open('/proc/stat').read()"
    ),
    "compression, hashes, ciphers": (
        "import bz2, ctypes, decimal, hashlib, lzma, ssl, uuid, zlib\n"
        "ssl.create_default_context(); uuid.uuid1()\n"
        "assert lzma.decompress(lzma.compress(b'x')) == bz2.decompress(bz2.compress(b'x')) == b'x'\n"
        "hashlib.sha256(b'').digest(); ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 3)()"
    ),
    "writing to its own standard streams by name": (
        "open('/dev/stdout', 'w').write('x'); open('/proc/self/fd/2', 'w').close()"
    ),
    "200 of 256 MB": "x = b'x' * (200 << 20)",
    "200 of 256 MB and full temporary files": (
        "x = b'x' * (200 << 20)\nfor f in '/tmp', '/dev/shm': open(f + '/f', 'wb').write(bytes(15 << 20))"
    ),
    "100 MB in each of two processes": (
        "import os, time\nchild = os.fork()\nx = b'x' * (90 << 20); time.sleep(0.1)\n"
        "if not child: os._exit(0)\n"
        "assert os.wait()[1] == 0"
    ),
    "a large map that is not used": "import mmap; mmap.mmap(-1, 200 << 20)",
}
BASH = {
    "pipes and substitutions": (
        '[ "$(seq 100 | sort -rn | head -1 | sed s/0/1/g)" = 111 ]; diff <(echo a) <(echo a)'
    ),
    "words and numbers": "printf '%s\\n' b a | sort | awk '{ print NR, $0 }' | grep -c . | grep -qx 2",
    "find and tar": (
        "mkdir d; echo x > d/f; tar cf - d | tar tf - | grep -q d/f; find d -name f | xargs cat | wc -l"
    ),
    "copies and dates": (
        "echo x > a; cp -a a b; mv b c; ln -s c l; stat c; touch -d yesterday c; date; du -s .; df . ; "
        "install a e"
    ),
    "jobs": (
        "sleep 0.01 & wait $!; timeout 5 true; (trap 'exit 0' TERM; kill $BASHPID; sleep 5); coproc cat; "
        "mktemp; sync"
    ),
    "compression": (
        "seq 1000 | gzip | gunzip | tail -1 | grep -qx 1000; dd if=/dev/zero of=z bs=1k count=9; "
        "head -c 9 /dev/urandom | od"
    ),
    "sums": (
        "seq 9 | tee o | sha256sum; comm o o; cut -c1 o; paste o o; join o o; split o; shuf o; uniq o; "
        "nl o; cmp o o"
    ),
    "history": (
        "command -v git || exit 0; git init -q r; cd r; git config user.email a@b; "
        "git config user.name a; echo x > f\n"
        "git add f; git commit -qm m; git log --oneline | grep -q m; git branch b; git gc -q; git diff --stat"
    ),
}
LIBRARIES = {
    "numpy": "import numpy as np; a = np.random.rand(300, 300); assert (a @ np.linalg.inv(a)).trace() > 299",
    "faiss": (
        "import faiss, numpy as np; i = faiss.IndexFlatL2(8); i.add(np.ones((9, 8), 'f')); "
        "assert i.ntotal == 9"
    ),
    "pandas": "import pandas as pd; assert pd.DataFrame({'a': [1, 2]}).sum()['a'] == 3",
    "matplotlib": (
        "import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as p; p.plot([1, 2]); "
        "p.savefig('f.png')"
    ),
    "torch": "import torch; assert torch.ones(9, 9).mm(torch.ones(9, 9)).sum() == 729",
    "lxml": "from lxml import etree; assert etree.fromstring('<a><b/></a>')[0].tag == 'b'",
    "psutil": "import psutil; psutil.Process().memory_info(); psutil.cpu_percent(); psutil.virtual_memory()",
}


@pytest.fixture(scope="module", params=["with a cgroup", "without"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    if NO_BWRAP:
        pytest.skip(NO_BWRAP.partition("\n")[0])
    limits = Limits(timeout_seconds=20, memory_mb=256, disk_mb=16, processes=32)
    with open_sandbox("bwrap", limits, cgroups=request.param == "with a cgroup") as opened:
        yield opened


@pytest.mark.parametrize("name", PYTHON)
def test_a_python_program_may_do_what_programs_do(sandbox: Sandbox, name: str) -> None:
    verdict = sandbox.run(Program(PYTHON[name]))
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", BASH)
def test_a_shell_program_may_do_what_programs_do(sandbox: Sandbox, name: str) -> None:
    verdict = sandbox.run(Program("true", BASH[name], language="bash"))
    assert verdict.passed, verdict


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_may_do_what_it_does(sandbox: Sandbox, name: str) -> None:
    if not list(Path(sys.prefix).glob(f"lib/python*/site-packages/{name}")):
        pytest.skip(f"{name} is not installed")
    verdict = sandbox.run(Program(LIBRARIES[name]))
    assert verdict.passed, verdict
