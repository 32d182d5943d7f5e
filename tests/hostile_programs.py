"""Programs that try to leave a sandbox, to harm what is around it, or to pass without being right.

Each comes with the statuses that are honest for it. It must never print ESCAPED. The names in braces stand
for canaries on the host, which the test fills in and checks afterwards.
"""

TESTS = "assert answer() == 42"

_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "denied")
    print("ESCAPED")
"""

# name -> (program, statuses)
ATTACKS: dict[str, tuple[str, str]] = {
    # the network
    "connects to a port of the host": (
        "import socket; socket.create_connection(('127.0.0.1', {port}), 1); print('ESCAPED')",
        "error",
    ),
    "connects to an address outside": (
        "import socket; socket.create_connection(('192.0.2.1', 80), 1); print('ESCAPED')",
        "error",
    ),
    "asks a name server": ("import socket; socket.getaddrinfo('example.org', 80); print('ESCAPED')", "error"),
    "sends a datagram": (
        "import socket; socket.socket(2, 2).sendto(b'x', ('192.0.2.1', 53)); print('ESCAPED')",
        "error",
    ),
    "opens a raw socket": ("import socket; socket.socket(2, 3, 1); print('ESCAPED')", "error"),
    "connects to an abstract socket": (
        "import socket; s = socket.socket(1); s.connect('\\0{abstract}'); print('ESCAPED')",
        "error",
    ),
    "looks for other interfaces": (
        "import socket; assert len(socket.if_nameindex()) > 1; print('ESCAPED')",
        "error",
    ),
    # reading
    "reads a file of the host": ("print('ESCAPED', open({secret!r}).read())", "error"),
    "reads the keys of the user": (
        "import glob; assert glob.glob('/root/.ssh/*') + glob.glob('/home/*/.*'); print('ESCAPED')",
        "error",
    ),
    "reads the password file": ("print('ESCAPED', open('/etc/shadow').read())", "error"),
    "reads the environment for keys": ("import os; print('ESCAPED' + os.environ['RAG_TEST_KEY'])", "error"),
    "reads the environment of the first process": (
        "print('ESCAPED', open('/proc/1/environ').read())",
        "error",
    ),
    "reads the memory of the first process": (
        "open('/proc/1/mem', 'rb').seek(4096); print('ESCAPED')",
        "error",
    ),
    "enters the root of the first process": (
        "import os; os.listdir('/proc/1/root'); print('ESCAPED')",
        "error",
    ),
    "finds the host's process": (
        "import os; assert open('/proc/{process}/cmdline').read(); print('ESCAPED')",
        "error",
    ),
    "reads the kernel's log": (_CALL + "call(103, 3, ctypes.create_string_buffer(4096), 4096)", "error"),
    "reads the kernel's memory": ("open('/dev/mem', 'rb'); print('ESCAPED')", "error"),
    "opens a disk": (
        "import os; os.mknod('/tmp/d', 0o60600, os.makedev(8, 0)); print('ESCAPED')",
        "error",
    ),
    # writing
    "writes into the host's folder": ("open({secret!r}, 'w').write('x'); print('ESCAPED')", "error"),
    "writes into the system": ("open('/usr/bin/x', 'w'); print('ESCAPED')", "error"),
    "writes into the library": (
        "import json; open(json.__file__, 'a').write('#'); print('ESCAPED')",
        "error",
    ),
    "writes into the harness": ("open('/sandbox/inside/server.py', 'a'); print('ESCAPED')", "error"),
    "writes into /dev": ("open('/dev/x', 'w'); print('ESCAPED')", "error"),
    "changes the kernel's settings": (
        "open('/proc/sys/kernel/hostname', 'w').write('x'); print('ESCAPED')",
        "error",
    ),
    "deletes everything": (
        "import subprocess\nsubprocess.run(['rm', '-rf', '--no-preserve-root', '/'], stderr=-3, check=True)",
        "error timeout",
    ),
    "follows its own link outside": (
        "import os; os.symlink({secret!r}, '/tmp/l'); print('ESCAPED', open('/tmp/l').read())",
        "error",
    ),
    "climbs by dots": ("print('ESCAPED', open('/tmp/' + '../' * 20 + {secret!r}).read())", "error"),
    "links to a file of the system": (
        "import os; os.link('/usr/bin/env', '/tmp/env'); print('ESCAPED')",
        "error",
    ),
    "makes a program set-uid": (
        "import os, shutil, subprocess\nshutil.copy('/usr/bin/id', '/tmp/id'); os.chmod('/tmp/id', 0o4755)\n"
        "os.chown('/tmp/id', 0, 0); print('ESCAPED')",
        "error",
    ),
    "becomes root": ("import os; os.setuid(0); print('ESCAPED')", "error"),
    # using things up
    "allocates 100 GB": ("x = bytearray(100 * 10**9)", "memory"),
    "allocates by and by": ("x = []\nwhile True: x.append(bytearray(10**6))", "memory"),
    "allocates in many processes": (
        "import os, time\nfor _ in range(8): os.fork()\nx = b'x' * (100 << 20); time.sleep(9)",
        "memory error timeout",
    ),
    "fills memory files": (
        "import os\nwhile True: os.write(os.memfd_create('x'), b'x' * 10**7)",
        "error",
    ),
    "takes System V memory": (_CALL + "call(29, 0, 1 << 30, 0o1600)", "error"),
    "fills the disk": ("f = open('/tmp/f', 'wb')\nwhile True: f.write(bytes(10**6))", "error"),
    "fills the disk with many files": (
        "import itertools\nfor n in itertools.count(): open(f'/tmp/{{n}}', 'wb').write(bytes(10**6))",
        "error",
    ),
    "fills shared memory": (
        "import itertools\nfor n in itertools.count(): open(f'/dev/shm/{{n}}', 'wb').write(bytes(10**6))",
        "error",
    ),
    "makes endless empty files": (
        "import itertools\nfor n in itertools.count(): open(f'/tmp/{{n}}', 'w').close()",
        "error timeout",
    ),
    "prints for ever": ("while True: print('x' * 1000)", "output"),
    "prints for ever to standard error": ("import os\nwhile True: os.write(2, b'x' * 1000)", "output"),
    "a fork bomb": ("import os\nwhile True: os.fork()", "error timeout killed"),
    "a fork bomb that hides its errors": (
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "timeout killed",
    ),
    "a storm of threads": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()",
        "error",
    ),
    "zombie children": (
        "import os\nwhile True:\n    if not os.fork(): os._exit(0)",
        "error",
    ),
    "opens files without end": ("x = []\nwhile True: x.append(open('/dev/null'))", "error"),
    "spins": ("while True: pass", "timeout"),
    "sleeps": ("import time; time.sleep(60)", "timeout"),
    "sleeps deaf to signals": (
        "import signal, time\nfor n in (2, 14, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(60)",
        "timeout",
    ),
    "waits for input": ("import sys; assert sys.stdin.read(); print('ESCAPED')", "error"),
    "raises its limits": (
        "import resource as r; r.setrlimit(r.RLIMIT_NPROC, (9999, 9999)); print('ESCAPED')",
        "error",
    ),
    "a huge argument": (
        "import subprocess; subprocess.run(['/bin/true', 'x' * (1 << 22)], check=True); print('ESCAPED')",
        "error",
    ),
    "a number without end": ("x = 10 ** 10 ** 9", "timeout memory"),
    "recurses deeply": ("def f(): f()\nf()", "error"),
    "recurses in the compiler": ("x = " + "(" * 5000 + ")" * 5000, "error"),
    # signals and processes
    "signals everything": ("import os; os.kill(-1, 9)", "passed killed error"),
    "signals the first process": (
        "import os, time\nos.kill(1, 9); os.kill(1, 19); time.sleep(0.1); raise SystemExit(3)",
        "error",
    ),
    "signals the process group": ("import os; os.killpg(0, 9)", "killed"),
    "signals a process of the host": ("import os; os.kill({process}, 9); print('ESCAPED')", "error"),
    "stops itself": ("import os; os.kill(os.getpid(), 19)", "timeout"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "killed"),
    "aborts": ("import os; os.abort()", "killed"),
    "reads at address zero": ("import ctypes; ctypes.string_at(0)", "killed"),
    "leaves a daemon": (
        "import os, time\nif not os.fork():\n    os.setsid()\n    if not os.fork():\n        time.sleep(60)\n"
        "    os._exit(0)",
        "passed",
    ),
    # risky parts of the kernel
    "traces the first process": (_CALL + "call(101, 16, 1, 0, 0)", "error"),
    "makes user namespaces": (_CALL + "call(272, 0x10000000)", "error"),
    "makes user namespaces by clone": (_CALL + "call(56, 0x10000011, 0, 0, 0, 0)", "error"),
    "joins a namespace": (_CALL + "call(308, os.open('/proc/self/ns/net', 0), 0)", "error"),
    "mounts": (_CALL + "call(165, b'tmpfs', b'/usr', b'tmpfs', 0, None)", "error"),
    "takes its /tmp away": (_CALL + "call(166, b'/tmp', 2)", "error"),
    "changes its root": ("import os; os.chroot('/tmp'); print('ESCAPED')", "error"),
    "starts an io_uring": (_CALL + "call(425, 8, ctypes.create_string_buffer(256))", "error"),
    "handles page faults": (_CALL + "call(323, 1)", "error"),
    "loads a kernel program": (_CALL + "call(321, 0, ctypes.create_string_buffer(128), 128)", "error"),
    "calls by the numbers of x32": (_CALL + "call(0x40000000 + 272, 0x10000000)", "error"),
    "sets the clock": ("import time; time.clock_settime(0, 0); print('ESCAPED')", "error"),
    # odd ends
    "closes all descriptors": ("import os; os.closerange(0, 200)", "failed error"),
    "an exception that cannot be told": (
        "class E(Exception):\n    def __str__(self): raise self\nraise E",
        "error",
    ),
    "text that is no Unicode": ("import os; os.write(1, bytes(range(256))); raise SystemExit(1)", "error"),
    "a NUL in the program": ("x = 1\0", "error"),
}

# name -> program; all run with TESTS, and none is right
FORGERIES: dict[str, str] = {
    "leaves before the tests": "import os; os._exit(0)",
    "says goodbye": "import sys; sys.exit(0)",
    "leaves in the tests": "import os\ndef answer(): os._exit(0)",
    "says goodbye in the tests": "def answer(): raise SystemExit(0)",
    "an interrupt in the tests": "def answer(): raise KeyboardInterrupt",
    "becomes another program": "import os\ndef answer(): os.execv('/bin/true', ['true'])",
    "prints the success": "print('program\\npassed\\nok'); raise SystemExit",
    "writes success to every descriptor": (
        "import os\nfor n in range(64):\n    try: os.write(n, b'program\\n' + b'0' * 32 + b'\\n')\n"
        "    except OSError: pass\nos._exit(0)"
    ),
    "writes a status to every descriptor": (
        "import os\ndef answer():\n    for n in range(64):\n        try: os.write(n, b'status 0')\n"
        "        except OSError: pass\n    os._exit(0)"
    ),
    "patches os and builtins": (
        "import os, sys, builtins\nos._exit = os.getpid = lambda *a: 1\nos.write = lambda f, d: len(d)\n"
        "builtins.exec = builtins.compile = lambda *a, **k: None\ndef answer(): return 41"
    ),
    "patches the traceback": (
        "import traceback, json\ntraceback.print_exception = json.dumps = None\ndef answer(): return 41"
    ),
    "swallows by a hook": "import sys\nsys.excepthook = lambda *a: None\ndef answer(): return 41",
    "exits well at the end": ("import atexit, os\natexit.register(os._exit, 0)\ndef answer(): return 41"),
    "lets a child leave well": "import os\nif os.fork(): os._exit(0)\ndef answer(): return 42",
    "lets a thread leave": (
        "import os, threading, time\nthreading.Timer(0.05, os._exit, [0]).start()\n"
        "def answer(): time.sleep(1)"
    ),
    "traces the tests away": (
        "import sys\ndef trace(frame, event, argument):\n    if event == 'exception': raise SystemExit(0)\n"
        "    return trace\nsys.settrace(trace)\ndef answer(): return 41"
    ),
}

BASH_FORGERIES: dict[str, str] = {
    "leaves": "exit 0",
    "leaves in the tests": "answer() { exit 0; }",
    "leaves by a trap": "trap 'exit 0' EXIT; answer() { echo 41; }",
    "leaves at an error": "trap 'exit 0' ERR; answer() { echo 41; }",
    "becomes another program": "answer() { echo 41; }; exec true",
    "writes to the descriptors": "printf 'program\\n%032d\\n' 0 >&22; exit 0",
    "kills its shell": "kill -9 $$",
}
