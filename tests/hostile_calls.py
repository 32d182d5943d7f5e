"""Programs that make system calls which no namespace confines.

The records are like those of `hostile_programs.ATTACKS`.
"""

_CALL = """
import ctypes, os, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    print("ESCAPED")
buffer = ctypes.create_string_buffer(4096)
"""
# runs machine code from executable memory: calls that no library makes
_CODE = """
import ctypes, mmap
def run(code):
    area = mmap.mmap(-1, 4096, prot=7); area.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))()
"""

# family -> what it reaches; a kernel without it refuses with another error
_FAMILIES = {
    16: "the kernel by netlink",
    17: "raw frames",
    29: "a bus of cars",
    30: "a cluster (TIPC)",
    31: "bluetooth",
    38: "the kernel's ciphers",
    39: "near fields",
    40: "the host of the virtual machine",
    43: "shared memory of networks (SMC)",
    44: "packets past the kernel (XDP)",
}

# name -> (program, statuses)
CALL_ATTACKS: dict[str, tuple[str, str]] = {
    **{
        f"opens a socket to {what}": (
            f"import socket\nfor kind in (1, 2, 3, 5):\n"
            f"    try: socket.socket({family}, kind); print('ESCAPED')\n"
            "    except OSError: pass\nraise SystemExit(3)",
            "error",
        )
        for family, what in _FAMILIES.items()
    },
    "opens a socket of any other family": (
        "import socket\nfor family in set(range(64)) - set((1, 2, 10)):\n"
        "    for kind in (1, 2, 3, 4, 5, 10):\n"
        "        try: socket.socket(family, kind); print('ESCAPED', family)\n        except OSError: pass\n"
        "raise SystemExit(3)",
        "error",
    ),
    "asks the host of the virtual machine for its number": (
        "import fcntl; fcntl.ioctl(open('/dev/vsock'), 0x7b9, bytes(4)); print('ESCAPED')",
        "error",
    ),
    "a pair of sockets to the host of the virtual machine": (_CALL + "call(53, 40, 1, 0, buffer)", "error"),
    "a family with a high half": (_CALL + "call(41, ctypes.c_long((1 << 32) | 40), 1, 0)", "error"),
    "rare protocols of the network": (
        "import socket\nfor kind in (1, 2, 3, 5, 6):\n    for protocol in (1, 33, 115, 132, 136, 256, 262):\n"
        "        try: socket.socket(2, kind, protocol); print('ESCAPED')\n        except OSError: pass\n"
        "raise SystemExit(3)",
        "error",
    ),
    "a program of the kernel for its socket": (
        "import socket, struct\ns = socket.socket(1)\n"
        "s.setsockopt(1, 26, struct.pack('HxxxxxxP', 1, 0)); print('ESCAPED')",
        "error",
    ),
    "a layer over its connection": (
        "import socket\ns = socket.create_server(('127.0.0.1', 0)); "
        "c = socket.create_connection(s.getsockname())\n"
        "c.setsockopt(6, 31, b'tls'); print('ESCAPED')",
        "error",
    ),
    "rules of the firewall": (
        "import socket\nprint(socket.socket(2, 3, 255).getsockopt(0, 64, 84), 'ESCAPED')",
        "error",
    ),
    "types into the terminal": (
        "import fcntl, os\nm, s = os.openpty(); fcntl.ioctl(s, 0x5412, b'x'); print('ESCAPED')",
        "error",
    ),
    "loads a line discipline": (
        "import fcntl, os, struct\nm, s = os.openpty()\nfor n in range(2, 30):\n"
        "    try: fcntl.ioctl(s, 0x5423, struct.pack('i', n)); print('ESCAPED')\n    except OSError: pass\n"
        "raise SystemExit(3)",
        "error",
    ),
    "opens its terminal": ("open('/dev/tty'); print('ESCAPED')", "error"),
    "another personality": (_CALL + "call(135, 0x0040000)", "error"),
    "reads another process by its descriptor": (
        _CALL + "f = os.pidfd_open(os.getppid()); call(438, f, 0, 0)",
        "error",
    ),
    "reads the memory of another process": (
        _CALL + "v = (ctypes.c_size_t * 2)(0, 8); call(310, 1, v, 1, v, 1, 0)",
        "error",
    ),
    "compares itself with another process": (_CALL + "call(312, os.getpid(), os.getpid(), 0, 1, 1)", "error"),
    "advises another process": (_CALL + "v = (ctypes.c_size_t * 2)(0, 8); call(440, 3, v, 1, 4, 0)", "error"),
    "moves pages of another process": (_CALL + "call(279, 0, 0, 0, 0, 0, 0)", "error"),
    "a queue of input and output": (
        _CALL + "c = ctypes.c_ulong(); call(206, 65000, ctypes.byref(c))",
        "error",
    ),
    "a queue of messages": (_CALL + "call(240, b'q', 0o102, 0o600, 0)", "error"),
    "a queue of messages as a file": (
        "import os; os.open('/dev/mqueue/q', os.O_CREAT | os.O_RDWR); print('ESCAPED')",
        "error",
    ),
    "semaphores of System V": (_CALL + "call(64, 0, 1000, 0o1600)", "error"),
    "messages of System V": (_CALL + "call(68, 0, 0o1600)", "error"),
    "a key in the kernel": (_CALL + "call(248, b'user', b'k', b'v', 1, -3)", "error"),
    "the keyring of the session": (_CALL + "call(250, 0, -3, 0)", "error"),
    "keys that are listed": ("assert open('/proc/keys').read(); print('ESCAPED')", "error"),
    "secret memory": (_CALL + "call(447, 0)", "error"),
    "memory without a name": (_CALL + "call(319, b'x', 0)", "error"),
    "faults of pages": (_CALL + "call(323, 1)", "error"),
    "watches the whole system": (_CALL + "call(300, 0, 0)", "error"),
    "counts performance": (_CALL + "call(298, buffer, 0, -1, -1, 0)", "error"),
    "namespaces by clone3": (
        _CALL + "a = (ctypes.c_uint64 * 11)(); a[0] = 0x10000000; a[4] = 17; call(435, a, 88)",
        "error",
    ),
    "a namespace of time": (_CALL + "call(272, 0x80)", "error"),
    "namespaces with a high half": (
        _CALL + "call(56, ctypes.c_long((1 << 32) | 0x10000011), 0, 0, 0, 0)",
        "error",
    ),
    "a file system of its own": (_CALL + "call(430, b'tmpfs', 0)", "error"),
    "a mount that is cloned": (_CALL + "call(428, -100, b'/', 1)", "error"),
    "attributes of mounts": (_CALL + "call(442, -100, b'/tmp', 0, buffer, 32)", "error"),
    "lists mounts": (_CALL + "a = (ctypes.c_uint64 * 4)(24); call(458, a, buffer, 10, 0)", "error"),
    "a file by its handle": (_CALL + "call(304, -100, buffer, 0)", "error"),
    "the handle of a file": (
        _CALL + "buffer[0] = b'\\x80'; call(303, -100, b'/', buffer, buffer, 0)",
        "error",
    ),
    "quotas": (_CALL + "call(179, 0x80000700, None, 0, buffer)", "error"),
    "accounts": (_CALL + "call(163, None)", "error"),
    "swaps": (_CALL + "call(167, b'/tmp/s', 0)", "error"),
    "another kernel": (_CALL + "call(246, 0, 0, 0, 0)", "error"),
    "modules": (_CALL + "call(175, buffer, 10, b'')", "error"),
    "ports of the machine": (_CALL + "call(173, 0, 8, 1)", "error"),
    "segments of the processor": (_CALL + "call(154, 0, buffer, 16)", "error"),
    "the host's name": (_CALL + "call(170, b'x', 1)", "error"),
    "the host's clock": (_CALL + "call(159, buffer)", "error"),
    "hangs up": (_CALL + "call(153)", "error"),
    "where its pages lie": (_CALL + "call(157, 35, 1, 0, 0, 0)", "error"),
    "catches calls of its own": (_CALL + "call(157, 59, 1, 0, 0, 0)", "error"),
    "listens to a filter": (_CALL + "call(317, 1, 8, buffer)", "error"),
    "a call that does not exist yet": (_CALL + "call(600)", "error"),
    "a call with a negative number": (_CALL + "call(-1)", "error"),
    "sockets by the numbers of x32": (_CALL + "call(0x40000000 + 41, 40, 1, 0)", "error"),
    # mov $20, %eax; int $0x80; ret
    "calls by the numbers of 32 bits": (
        _CODE + "run(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3])); print('ESCAPED')",
        "killed",
    ),
    # mov $0x28, %edi; mov $1, %esi; xor %edx, %edx; mov $41, %eax; syscall; ret
    "calls without any library": (
        _CODE
        + "assert run(bytes.fromhex('bf28000000be0100000031d2b8290000000f05c3')) >= 0; print('ESCAPED')",
        "error",
    ),
    "writes to the kernel's triggers": (
        "open('/proc/sysrq-trigger', 'w').write('c'); print('ESCAPED')",
        "error",
    ),
    "reads the kernel's symbols": (
        "s = open('/proc/kallsyms').read(); assert any(int(x.split()[0], 16) for x in s.splitlines())\n"
        "print('ESCAPED')",
        "error",
    ),
    "reads how the host was started": ("assert open('/proc/cmdline').read(); print('ESCAPED')", "error"),
    "looks at the host's devices": (
        "import os; assert os.path.exists('/sys/class/net/eth0') or os.path.exists('/dev/kvm'); "
        "print('ESCAPED')",
        "error",
    ),
    "mounts by a helper": (
        "import os, subprocess; subprocess.run(['mount', '-t', 'tmpfs', 'x', '/tmp'], check=True, "
        "stderr=-3)\n"
        "print('ESCAPED')",
        "error",
    ),
    "takes off the filter in a child": (
        "import ctypes, os\nif os.fork():\n    raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
        "os.execv('/bin/sh', ['sh', '-c', 'unshare -r true && echo ESCAPED; exit 3'])",
        "error",
    ),
}
