"""Programs that use more memory than allowed in ways that a count of resident pages does not show.

The records are like those of `hostile_programs.ATTACKS`. Where the kernel enforces a bound, the program
ends with an error of its own. Otherwise it meets the limit for memory or, if it gives back memory soon
enough, the one for time.
"""

_MAP = """
import mmap, os, time
MB = 1 << 20
def fill(area):
    for offset in range(0, len(area), 4096): area[offset] = 1
"""
_SOCKETS = """
import array, os, socket, time
def filled(kept, size=4 << 20):
    a, b = socket.socketpair()
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size)
    a.setblocking(False)
    try:
        while True: a.send(bytes(100_000))
    except BlockingIOError: kept += [a, b]
"""
_LIBC = """
import ctypes, os, mmap, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
def area(size, protection=3, flags=0x4022):
    address = libc.mmap(None, size, protection, flags, -1, 0)
    if address == ctypes.c_void_p(-1).value: raise OSError(ctypes.get_errno(), "mmap")
    return address
"""

# name -> (program, statuses)
MEMORY_ATTACKS: dict[str, tuple[str, str]] = {
    "touches shared pages and gives them back": (
        _MAP + "for _ in range(40):\n    area = mmap.mmap(-1, 32 * MB); fill(area)\n"
        "    area.madvise(mmap.MADV_DONTNEED); KEPT = globals().setdefault('kept', []); KEPT.append(area)",
        "memory error timeout",
    ),
    "touches and gives back in turns": (
        _MAP + "area = mmap.mmap(-1, 200 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "while True: fill(area); area.madvise(mmap.MADV_DONTNEED)",
        "timeout memory",
    ),
    "children that touch, give back and touch again": (
        _MAP + "for _ in range(4): os.fork()\n"
        "area = mmap.mmap(-1, 100 * MB, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "while True: fill(area); area.madvise(mmap.MADV_DONTNEED)",
        "memory timeout error",
    ),
    "children that touch and exit": (
        "import os\nwhile True:\n    for _ in range(8):\n        if not os.fork():\n"
        "            x = b'x' * (100 << 20); os._exit(0)\n    for _ in range(8): os.wait()",
        "memory timeout",
    ),
    "children that nobody waits for": (
        "import os, signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nwhile True:\n    try:\n"
        "        if not os.fork(): x = b'x' * (100 << 20); os._exit(0)\n    except OSError: pass",
        "memory timeout",
    ),
    "shared memory that a child touches and nobody maps": (
        _MAP + "area = mmap.mmap(-1, 600 * MB)\nfor start in range(0, 600 * MB, 20 * MB):\n"
        "    if not os.fork():\n        for n in range(start, start + 20 * MB, 4096): area[n] = 1\n"
        "        os._exit(0)\n    os.wait()",
        "memory error timeout",
    ),
    "shared pages given back in many processes": (
        _MAP + "for _ in range(4): os.fork()\narea = mmap.mmap(-1, 40 * MB); fill(area)\n"
        "area.madvise(mmap.MADV_DONTNEED); time.sleep(9)",
        "memory timeout",
    ),
    "memory of a process that hides": (
        _LIBC + "libc.prctl(4, 0); a = area(200 << 20, 3, 0x4021); ctypes.memset(a, 1, 200 << 20)\n"
        "libc.madvise(ctypes.c_void_p(a), 200 << 20, 4); b = area(90 << 20, 3, 0x4021)\n"
        "ctypes.memset(b, 1, 90 << 20); time.sleep(9)",
        "memory error timeout",
    ),
    "shared memory beyond its end": (
        _MAP + "area = mmap.mmap(-1, MB)\nfor size in range(10, 900, 10): area.resize(size * MB); fill(area)",
        "memory killed error timeout",
    ),
    "buffers of sockets": (_SOCKETS + "kept = []\nfor _ in range(100): filled(kept)", "memory error"),
    "buffers of sockets in many processes": (
        _SOCKETS + "kept = []\nfor _ in range(4): os.fork()\nfor _ in range(100): filled(kept)",
        "memory error timeout killed",  # in a container the kernel may choose the server
    ),
    "buffers of sockets in a queue that no process holds": (
        _SOCKETS + "queue = socket.socketpair()\nfor _ in range(40):\n    kept = []\n"
        "    for _ in range(3): filled(kept)\n"
        "    socket.send_fds(queue[0], [b'x'], [s.fileno() for s in kept])\n"
        "    for s in kept: s.close()",
        "memory error killed timeout",
    ),
    "datagrams that nobody reads": (
        "import socket\nkept = []\nfor _ in range(100):\n    a, b = socket.socketpair(1, socket.SOCK_DGRAM)\n"
        "    a.setsockopt(1, socket.SO_SNDBUF, 8 << 20); a.setblocking(False); kept += [a, b]\n    try:\n"
        "        while True: a.send(bytes(60_000))\n    except OSError: pass\nraise SystemExit(3)",
        "memory error timeout",
    ),
    "buffers of connections": (
        "import socket\nkept = []\nserver = socket.create_server(('127.0.0.1', 0), backlog=200)\n"
        "for _ in range(120):\n    a = socket.create_connection(server.getsockname(), 1); "
        "b = server.accept()[0]\n"
        "    a.setsockopt(1, socket.SO_SNDBUF, 8 << 20); a.setblocking(False); kept += [a, b]\n    try:\n"
        "        while True: a.send(bytes(1_000_000))\n    except BlockingIOError: pass\nraise SystemExit(3)",
        "memory error timeout",
    ),
    "datagrams to itself": (
        "import socket\nkept = []\nfor _ in range(200):\n    a = socket.socket(2, socket.SOCK_DGRAM)\n"
        "    a.setsockopt(1, socket.SO_RCVBUF, 8 << 20); a.bind(('127.0.0.1', 0)); kept.append(a)\n"
        "    for _ in range(150): a.sendto(bytes(60_000), a.getsockname())\nraise SystemExit(3)",
        "memory error timeout",
    ),
    "connections that nobody accepts": (
        "import os, socket\nfor _ in range(3): os.fork()\nkept = [socket.socket(1) for _ in range(100)]\n"
        "for n, s in enumerate(kept): s.bind(f'\\0{{os.getpid()}}-{{n}}'); s.listen(4096)\n"
        "for s in kept:\n    c = socket.socket(1); c.setblocking(False); kept.append(c)\n"
        "    c.connect(kept[0].getsockname())",
        "error timeout memory",
    ),
    "pipes made larger": (
        "import fcntl, os\nkept = []\nwhile True:\n    r, w = os.pipe(); kept += [r, w]; "
        "os.set_blocking(w, False)\n"
        "    try: fcntl.fcntl(w, 1031, 1 << 20)\n    except PermissionError: pass\n    try:\n"
        "        while True: os.write(w, bytes(65536))\n    except BlockingIOError: pass",
        "error memory timeout",
    ),
    "pages lent to pipes": (
        _LIBC + "kept = []\nwhile True:\n    r, w = os.pipe(); kept += [r, w]; a = area(65536)\n"
        "    ctypes.memset(a, 1, 65536); v = (ctypes.c_size_t * 2)(a, 65536)\n"
        "    libc.vmsplice(w, v, 1, 2); libc.munmap(ctypes.c_void_p(a), 65536)",
        "error memory timeout",
    ),
    "stacks of threads": (
        "import threading, time\nthreading.stack_size(64 << 20)\ndef f(n):\n    x = b'x' * (12 << 20)\n"
        "    time.sleep(9)\nfor n in range(60): threading.Thread(target=f, args=(n,)).start()",
        "memory error timeout",
    ),
    "tables of pages": (
        _LIBC + "size = 400 << 30\na = area(size, 1)\nread = ctypes.c_char.from_address\n"
        "for n in range(a, a + size, 1 << 21): read(n).value",
        "memory error killed timeout",
    ),
    "tables of pages in many processes": (
        _LIBC + "size = 100 << 30\na = area(size, 1)\nread = ctypes.c_char.from_address\n"
        "for _ in range(4): os.fork()\nfor n in range(a, a + size, 1 << 21): read(n).value",
        "memory error killed timeout",
    ),
    "huge pages": (_LIBC + "area(1 << 30, 3, 0x40022); print('ESCAPED')", "error"),
    "all kinds of memory at once": (
        _MAP + "for folder in ('/tmp', '/dev/shm'): open(folder + '/f', 'wb').write(bytes(15 * MB))\n"
        "x = b'x' * (200 * MB)\narea = mmap.mmap(-1, 200 * MB); fill(area); time.sleep(9)",
        "memory error timeout",
    ),
    "files that have no name": (
        "import os\nkept = []\nwhile True:\n    f = os.open('/dev/shm', os.O_TMPFILE | os.O_RDWR); "
        "kept.append(f)\n"
        "    os.posix_fallocate(f, 0, 1 << 20)",
        "error",
    ),
    "files that are unlinked and mapped": (
        _MAP + "kept = []\nfor n in range(100):\n    with open(f'/dev/shm/{{n}}', 'w+b') as f:\n"
        "        f.truncate(MB); kept.append(mmap.mmap(f.fileno(), MB)); os.unlink(f.name)\n"
        "    fill(kept[-1])",
        "killed error memory timeout",
    ),
    "folders without end": (
        "import os\nwhile True: os.mkdir('x'); os.chdir('x')",
        "error timeout",
    ),
    "long names": (
        "import itertools, os\nfor n in itertools.count(): os.symlink('x' * 4000, f'/tmp/{{n:0200}}')",
        "error timeout memory",
    ),
    "attributes of files": (
        "import itertools, os\nf = open('/tmp/f', 'w')\n"
        "for n in itertools.count(): os.setxattr('/tmp/f', f'user.{{n}}', bytes(60_000))",
        "error timeout memory",
    ),
    "locks on bytes": (
        "import fcntl, itertools\nf = open('/tmp/f', 'w')\n"
        "for n in itertools.count(): fcntl.lockf(f, fcntl.LOCK_EX, 1, 2 * n)",
        "timeout memory error",
    ),
    "names that are not there": (
        "import itertools, os\nfor n in itertools.count(): os.path.exists(f'/usr/lib/{{n:0240}}')",
        "timeout memory",
    ),
    "signals that wait": (
        "import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [40])\nimport ctypes\n"
        "libc = ctypes.CDLL(None)\nwhile libc.sigqueue(os.getpid(), 40, None) == 0: pass\n"
        "raise SystemExit(3)",
        "error",
    ),
    "timers": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nt = ctypes.c_void_p()\n"
        "while libc.timer_create(1, None, ctypes.byref(t)) == 0: pass\nraise SystemExit(3)",
        "error",
    ),
    "watches in watches": (
        "import select, os\nkept = []\nfor _ in range(120): kept.append(select.epoll())\n"
        "for e in kept:\n    for n in range(3, 200):\n        try: e.register(n)\n"
        "        except OSError: pass\n"
        "raise SystemExit(3)",
        "error timeout",
    ),
    "watches of files": (
        "import ctypes, itertools\nlibc = ctypes.CDLL(None)\nf = libc.inotify_init()\n"
        "for n in itertools.count():\n    open(f'/tmp/{{n}}', 'w').close()\n"
        "    libc.inotify_add_watch(f, f'/tmp/{{n}}'.encode(), 0xfff)",
        "error timeout memory",
    ),
    "stopped children": (
        "import os, signal\nfor _ in range(20):\n    if not os.fork():\n        x = b'x' * (100 << 20)\n"
        "        os.kill(os.getpid(), signal.SIGSTOP)\nimport time; time.sleep(9)",
        "memory timeout error",
    ),
    "daemons that hold memory": (
        "import os, time\nfor _ in range(4):\n    if not os.fork():\n        os.setsid()\n"
        "        if not os.fork(): x = b'x' * (90 << 20); time.sleep(60)\n        os._exit(0)\n"
        "time.sleep(1.2)",
        "memory passed timeout",
    ),
    "would rather have another process killed": (
        "open('/proc/self/oom_score_adj', 'w').write('-1000')\nx = []\nwhile True: x.append(bytes(10**6))",
        "error memory killed timeout",
    ),
    "points at the server": (
        "import os\nfor n in os.listdir('/proc'):\n    if n.isdigit() and int(n) not in (os.getpid(),):\n"
        "        open(f'/proc/{{n}}/oom_score_adj', 'w').write('1000'); print('ESCAPED')\n"
        "raise SystemExit(3)",
        "error",
    ),
    "leaves its cgroup": (
        "import glob, os\nfor f in glob.glob('/sys/fs/cgroup/**/cgroup.procs', recursive=True):\n"
        "    open(f, 'w').write('0'); print('ESCAPED')\nraise SystemExit(3)",
        "error",
    ),
    "memory that is locked": (
        _LIBC + "if libc.mlockall(3): raise OSError('denied')\nprint('ESCAPED')",
        "error",
    ),
    "maps grown in place": (
        _LIBC + "libc.mremap.restype = ctypes.c_void_p\na = area(4096)\nfor n in range(1, 100):\n"
        "    b = libc.mremap(ctypes.c_void_p(a), n * (10 << 20) - (10 << 20) or 4096, n * (10 << 20), 1)\n"
        "    if b in (None, ctypes.c_void_p(-1).value): raise OSError('denied')\n"
        "    a = b; ctypes.memset(a, 1, n * (10 << 20))",
        "error memory timeout",
    ),
    "copies on write": (
        "import os\nx = bytearray(120 << 20)\nfor _ in range(4): os.fork()\n"
        "for n in range(0, len(x), 4096): x[n] = 1\nimport time; time.sleep(9)",
        "memory timeout error",
    ),
}
