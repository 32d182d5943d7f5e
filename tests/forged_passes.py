# ruff: noqa: E501 (a program is shown as it is)
"""Wrong programs that try to pass by a trick, and right programs that look as if they tried.

Every Python program runs with TESTS_OF_FUNCTION and every shell program with SHELL_TESTS, unless stated
otherwise. A forgery comes with a part of the detail that its verdict must have.
"""

TESTS_OF_FUNCTION = """
import math

def is_close(a, b):
    return abs(a - b) < 1e-6

def check(candidate):
    assert candidate(2) == 4
    assert is_close(candidate(0.5), 0.25), 'a half'
    assert math.isclose(candidate(3.0), 9.0)
    assert candidate(-1) in (1, 1.0)
    assert all(len(str(candidate(n))) > 0 for n in (5, 6))

check(square)
"""
# tests that check with functions of numpy or unittest
NUMPY_TESTS = (
    "import numpy as np\nnp.testing.assert_allclose(square(3), 9)\nassert np.allclose(square(4), 16)\n"
)
UNITTEST_TESTS = """
import unittest

class Case(unittest.TestCase):
    def test_square(self):
        self.assertEqual(square(2), 4)
        self.assertAlmostEqual(square(0.5), 0.25)

result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
assert result.wasSuccessful()
"""

_WRONG = "\ndef square(x): return 0\n"
_EQUAL = (
    "\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0\n"
    "    def __float__(self): return 9.0\ndef square(x): return Yes()\n"
)


def _in_frames(change: str, what: str = "f_globals") -> str:
    """Return a program whose object equals everything and applies `change` to `names` of frames that compare it."""
    return (
        "class Yes:\n    def __eq__(self, other):\n        try: 1 / 0\n        except ZeroDivisionError as e: frame = e.__traceback__.tb_frame.f_back\n"
        f"        while frame:\n            names = getattr(frame, ''.join({list(what)}))\n            if frame.f_globals is not globals(): {change}\n"
        "            frame = frame.f_back\n        return True\n"
        "    def __sub__(self, other): return 0\n    def __float__(self): return 9.0\ndef square(x): return Yes()\n"
    )


# name -> (program, part of the detail)
FORGERIES: dict[str, tuple[str, str]] = {
    # replacing what compiles, runs and checks the tests
    "replaces compile": (
        "import builtins\nbuiltins.compile = lambda *a, **k: (lambda: 0).__code__" + _WRONG,
        "AssertionError",
    ),
    "replaces exec": ("import builtins\nbuiltins.exec = lambda *a: None" + _WRONG, "AssertionError"),
    "replaces marshal and hashlib": (
        "import marshal, hashlib, os\nmarshal.loads = hashlib.shake_256 = lambda *a: b''\nos.read = lambda *a: b''"
        + _WRONG,
        "AssertionError",
    ),
    "replaces builtins that tests call": (
        "import builtins\nbuiltins.all = builtins.abs = lambda *a: 0\ndef square(x): return 7 if x == 0.5 else x * x",
        "a half",
    ),
    "defines its own all and abs": (
        "def abs(x): return 0\ndef all(x): return True\ndef square(x):\n    if x in (0.5, 5): return 7\n    return x * x",
        "a half",
    ),
    "replaces AssertionError": (
        "import builtins\nbuiltins.AssertionError = SystemExit" + _WRONG,
        "AssertionError",
    ),
    "replaces the import": (
        "import builtins\nclass Fake:\n    isclose = staticmethod(lambda *a: True)\n"
        "builtins.__import__ = lambda *a, **k: Fake\ndef square(x): return 8.0 if x == 3 else x * x",
        "AssertionError",
    ),
    "replaces math": (
        "import sys, types\nfake = types.ModuleType('math')\nfake.isclose = lambda *a: True\nsys.modules['math'] = fake"
        "\ndef square(x): return 8.0 if x == 3 else x * x",
        "it replaced the module math",
    ),
    "replaces isclose": (
        "import math\nmath.isclose = lambda *a: True\ndef square(x): return 8.0 if x == 3 else x * x",
        "it replaced math.isclose",
    ),
    "replaces isclose when it is called": (
        "import math\ndef square(x):\n    math.isclose = lambda *a: True\n    return 8.0 if x == 3 else x * x",
        "it replaced math.isclose",
    ),
    "replaces what the tests define": (
        "def square(x):\n    globals()['is_close'] = lambda *a: True\n    return 7 if x == 0.5 else x * x",
        "a half",
    ),
    "replaces the namespace's builtins": (
        "class Odd(dict):\n    pass\n__builtins__ = {'all': lambda x: True, 'abs': lambda x: 0}\n"
        "def square(x): return 7 if x == 0.5 else x * x",
        "a half",
    ),
    "changes the code of a test": (
        "def square(x):\n    globals()['is_close'].__code__ = (lambda a, b: True).__code__\n    return 7 if x == 0.5 else x * x",
        "a function that is not its own",
    ),
    # tracing
    "jumps by a trace function": (
        "import sys\ndef jump(frame, event, argument):\n    if event == 'line':\n        try: frame.f_lineno += 1\n"
        "        except ValueError: pass\n    return jump\nsys.settrace(jump)" + _WRONG,
        "AssertionError",
    ),
    "jumps in the frame of the tests": (
        "import sys\ndef jump(frame, event, argument):\n    if event == 'line': frame.f_lineno = 14\n    return jump\n"
        "def square(x):\n    up = getattr(sys, '_get' + 'frame')()\n    up = getattr(up, 'f_' + 'back')\n"
        "    setattr(up, 'f_' + 'trace', jump)\n    sys.settrace(jump)\n    return 4",
        "",
    ),
    "traces other threads": (
        "import sys, threading\nthreading.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)"
        + _WRONG,
        "AssertionError",
    ),
    "sets a profile function in the tests": (
        "import sys\ndef square(x):\n    sys.setprofile(lambda f, e, a: f.f_locals.clear())\n    return 4",
        "trace function",
    ),
    # reading the tests
    "reads the lines of the tests": (
        "import linecache\ndef square(x): return eval(linecache.getlines('tests.py')[8].split('==')[1])",
        "IndexError",
    ),
    "reads the constants of the tests": (
        "import sys\ndef square(x): return sys._getframe(1).f_code.co_consts[2]",
        "it read the code of its tests",
    ),
    "reads the code of check": (
        "def square(x): return globals()['check'].__code__.co_consts[x]",
        "it read the code of its tests",
    ),
    "disassembles check": (
        "import dis\ndef square(x): return list(dis.get_instructions(globals()['check']))[3].argval",
        "it read the code of its tests",
    ),
    "reads what check refers to": (
        "import gc\ndef square(x): return gc.get_referents(globals()['check'])",
        "it read the code of its tests",
    ),
    "reads the variables of its caller": (
        "import sys\ndef square(x): return sys._getframe().f_back.f_locals",
        "the frames of its tests",
    ),
    "reads frames by inspect": (
        "import inspect\ndef square(x): return inspect.currentframe().f_back.f_locals['candidate']",
        "the frames of its tests",
    ),
    "reads the frames of all threads": (
        "import sys, threading\ndef square(x): return sys._current_frames()[threading.get_ident()]",
        "the frames of its tests",
    ),
    "adds an audit hook for code": (
        "import sys\nseen = []\nsys.addaudithook(lambda e, a: seen.append(a) if e in ('exec', 'marshal.loads') else None)\n"
        "def square(x): return seen[-1][0].co_consts[0]",
        "IndexError",
    ),
    "searches all objects": (
        "import gc\ngc.unfreeze()\nfound = [o for o in gc.get_objects() if callable(o)]" + _WRONG,
        "searched all objects",
    ),
    "tries answers on check": (
        "def square(x):\n    for guess in range(9 if x == 2 else 0):\n        try:\n            globals()['check'](lambda y: guess if y == 2 else 1 / 0)\n"
        "        except ZeroDivisionError:\n            return guess\n        except AssertionError:\n            pass\n    return x * x",
        "an assertion failed",
    ),
    "tries answers in children": (
        "import os\ndef square(x):\n    for guess in range(20):\n        child = os.fork()\n        if not child: return guess\n"
        "        if os.waitpid(child, 0)[1] == 0: return guess\n    return 0",
        "AssertionError",
    ),
    "lets a child answer": (
        "import os\ndef square(x):\n    if os.fork(): os._exit(0)\n    return x * x",
        "it exited with 0",
    ),
    # objects that equal anything
    "equals everything": (
        "class Yes:\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0\n"
        "    def __float__(self): return 9.0\ndef square(x): return Yes()",
        "equals whatever",
    ),
    "a number that equals everything": (
        "class Yes(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\ndef square(x): return Yes(7)",
        "equals whatever",
    ),
    "equals all of a kind": (
        "class Yes:\n    def __eq__(self, other): return type(other) is int\ndef square(x): return Yes()",
        "equals whatever",
    ),
    "the mock that equals anything": (
        "from unittest.mock import ANY\ndef square(x): return ANY",
        "equals whatever",
    ),
    "is truth that comes late": (
        "class Late:\n    def __bool__(self): return True\nclass Yes:\n    def __eq__(self, other): return Late()\n"
        "def square(x): return Yes()",
        "equals whatever",
    ),
    "is less than everything": (
        "class Less(float):\n    def __lt__(self, other): return True\n    def __sub__(self, other): return self\n"
        "    def __abs__(self): return self\ndef square(x): return 4 if x == 2 else Less(1)",
        "equals whatever",
    ),
    "is of a class that equals int": (
        "class Meta(type):\n    def __hash__(cls): return hash(int)\n    def __eq__(cls, other): return True\n"
        "class Yes(metaclass=Meta):" + _EQUAL,
        "equals whatever",
    ),
    "is of a class that hides its methods": (
        "class Meta(type):\n    @property\n    def __dict__(cls): return {'__eq__': int.__eq__}\nclass Yes(metaclass=Meta):"
        + _EQUAL,
        "equals whatever",
    ),
    # changing names of the harness, reached by frames and classes
    "changes what negates": (_in_frames("names['not_'] = lambda value: True"), "it changed what judges it"),
    "changes builtins of the harness": (
        _in_frames(
            "isinstance(names.get('__builtins__'), dict) and names['__builtins__'].update(any=lambda v: False)"
        ),
        "it changed what judges it",
    ),
    "changes what ends it": (
        _in_frames(
            "names['forged'].__globals__.update(_leave=print, _write=print) if 'forged' in names else 0",
            "f_locals",
        ),
        "it changed what judges it",
    ),
    "changes what is asked": (
        _in_frames(
            "setattr(names['asked'], '__defaults__', (bool, Exception)) if 'asked' in names else 0",
            "f_locals",
        ),
        "a function that is not its own",
    ),
    "changes classes of the harness": (
        "def below(kind):\n    for each in type.__subclasses__(kind):\n        yield each\n        yield from below(each) if each is not type else ()\n"
        "for kind in below(object):\n    for name, value in list(vars(kind).items()) if kind.__module__.startswith('inside') else ():\n"
        "        names = getattr(value, '__globals__', {})\n        names.update(dict.fromkeys(names, lambda *a: b's'))\n"
        "        if callable(value): setattr(kind, name, lambda *a: compile('', 'tests.py', 'exec'))"
        + _WRONG,
        "AssertionError",
    ),
    "changes what a function of ctypes refers to": (
        "import ctypes\nctypes.memmove.__globals__.update(received=lambda *a: b's', _leave=print)" + _WRONG,
        "AssertionError",
    ),
    "opens memory by a path of its own": (
        "class Path(str):\n    def rpartition(self, text): return '', '', 'x'\ndef square(x):\n"
        "    open(Path('/proc/self/mem'), 'rb', 0)\n    return 4",
        "the memory of a process",
    ),
    # the pipes and the process
    "writes the protocol to every descriptor": (
        "import os\ndef square(x):\n    for n in range(3, 64):\n        for line in (b'program\\n', b'keys ' + b'0' * 32 + b' ' + b'0' * 32 + b'\\n',"
        " b'0' * 32 + b'\\n'):\n            try: os.write(n, line)\n            except OSError: pass\n    os._exit(0)",
        "it exited with 0",
    ),
    "reads the tests in a thread": (
        "import os, threading\ndef steal():\n    for n in range(3, 20):\n        try: print(os.read(n, 1 << 16))\n        except OSError: pass\n"
        "for _ in range(2): threading.Thread(target=steal, daemon=True).start()\nimport time; time.sleep(0.1)"
        + _WRONG,
        "",
    ),
    "puts its own pipe in place": (
        "import os\nr, w = os.pipe()\ndef square(x):\n    for n in range(3, 9):\n        if n not in (r, w): os.dup2(w, n)\n    os._exit(0)",
        "it exited with 0",
    ),
    "looks for the key in frames": (
        "import sys, os\ndef square(x): os._exit(0)\nframe, texts = sys._getframe(), []\nwhile frame:\n"
        "    for value in [*frame.f_locals.values(), *frame.f_globals.values()]:\n"
        "        if isinstance(value, (bytes, str)) and len(value) == 32: texts.append(value)\n"
        "    frame = frame.f_back\n"
        "for text in texts:\n"
        "    key = text.encode() if isinstance(text, str) else text\n"
        "    try: os.write(4, b'program\\n' + key + b'\\n')\n"
        "    except OSError: pass",
        "it exited with 0",
    ),
    "patches the harness": (
        "import sys\nmodules = [m for n, m in list(sys.modules.items()) if n.startswith('inside')]\nassert not modules, modules\n"
        "frame = sys._getframe()\nwhile frame:\n    for name, value in list(frame.f_globals.items()):\n"
        "        if callable(value) and frame.f_globals is not globals(): frame.f_globals[name] = lambda *a, **k: None\n    frame = frame.f_back"
        + _WRONG,
        "",
    ),
    "leaves in a signal": (
        "import os, signal, time\nsignal.signal(signal.SIGALRM, lambda *a: os._exit(0))\nsignal.setitimer(signal.ITIMER_REAL, 0.05)\n"
        "def square(x): time.sleep(1)",
        "it exited with 0",
    ),
    "leaves when it is finalised": (
        "import os\nclass Last:\n    def __del__(self): os._exit(0)\nlast = Last()\ndef square(x):\n    global last\n    last = None",
        "it exited with 0",
    ),
    "says goodbye when it is compared": (
        "class Bye:\n    def __eq__(self, other): raise SystemExit(0)\ndef square(x): return Bye()",
        "SystemExit",
    ),
    "writes its own memory": (
        "def square(x):\n    with open('/proc/self/mem', 'r+b', 0) as memory: memory.seek(4096)\n    return 4",
        "the memory of a process",
    ),
    "lets another program read its memory": (
        "import os, subprocess\ndef square(x):\n"
        "    subprocess.run(['dd', f'if=/proc/{os.getpid()}/mem', 'count=1'], check=True, stderr=-3)\n    return x * x",
        "CalledProcessError",
    ),
    "reads memory by its address": (
        "import ctypes\ndef square(x): return ctypes.string_at(id(square), 64)",
        "reached into memory",
    ),
    "calls the interpreter by ctypes": (
        "import ctypes\ndef square(x): return ctypes.pythonapi.PyEval_SetTrace(None, None)",
        "loaded a C function",
    ),
    "makes four one": (
        "import ctypes\nctypes.memmove(id(4) + 24, (1).to_bytes(4, 'little'), 4)\ndef square(x): return 1 if x == 2 else x * x",
        "reached into memory",
    ),
    "becomes an interpreter": (
        "import os, sys\ndef square(x): os.execv(sys.executable, [sys.executable, '-c', 'pass'])",
        "it exited with 0",
    ),
}

NUMPY_FORGERIES: dict[str, tuple[str, str]] = {
    "replaces assert_allclose": (
        "import numpy.testing\nnumpy.testing.assert_allclose = lambda *a, **k: None\ndef square(x): return 16",
        "it replaced numpy.testing.assert_allclose",
    ),
    "replaces what assert_allclose calls": (
        "import numpy.testing as t, sys\nhome = sys.modules[t.assert_allclose.__module__]\n"
        "home = sys.modules['numpy.testing._private.utils']\nhome.assert_array_compare = lambda *a, **k: None\n"
        "def square(x): return 16",
        "it replaced numpy.testing._private.utils.assert_array_compare",
    ),
    "gives np another meaning": (
        "class np:\n    class testing:\n        assert_allclose = staticmethod(lambda *a: None)\n    allclose = staticmethod(lambda *a: True)\n"
        "import sys\nsys.modules['numpy'] = np\ndef square(x): return 1",
        "it replaced the module numpy",
    ),
}
UNITTEST_FORGERIES: dict[str, tuple[str, str]] = {
    "replaces assertEqual": (
        "import unittest\nunittest.TestCase.assertEqual = unittest.TestCase.assertAlmostEqual = lambda *a, **k: None"
        + _WRONG,
        "it replaced TestCase.assertEqual",
    ),
    "replaces TestCase": (
        "import unittest\nclass Easy(unittest.TestCase):\n    def assertEqual(self, *a): pass\n    assertAlmostEqual = assertEqual\n"
        "unittest.TestCase = Easy" + _WRONG,
        "it replaced unittest.TestCase",
    ),
    "always equal in a test case": (
        "class Yes:\n    def __eq__(self, other): return True\ndef square(x): return Yes()",
        "equals whatever",
    ),
}

_RIGHT = "\ndef square(x): return x * x\n"

HONEST: dict[str, str] = {
    "traces itself at first": "import sys\nsys.settrace(lambda *a: None)" + _RIGHT,
    "leaves threads running": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(3,), daemon=True).start()" + _RIGHT
    ),
    "registers exit functions": "import atexit\natexit.register(print, 'bye')" + _RIGHT,
    "handles signals": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.01)"
    + _RIGHT,
    "has a dataclass that compares": (
        "from dataclasses import dataclass\n@dataclass(order=True)\nclass P:\n    x: int\ndef square(x): return x * x if P(1) == P(1) else 0"
    ),
    "returns a number of its own": (
        "class N(float):\n    def __eq__(self, other): return float(self) == other\n    __hash__ = float.__hash__\ndef square(x): return N(x * x)"
    ),
    "returns a Fraction": "from fractions import Fraction\ndef square(x): return Fraction(x) ** 2",
    "returns a numpy number": "import numpy as np\ndef square(x): return np.float64(x) ** 2",
    "replaces random.seed": "import random\nrandom.seed = lambda *a: None" + _RIGHT,
    "replaces print": "import builtins\nkept = print\nbuiltins.print = lambda *a: kept('>', *a)" + _RIGHT,
    "looks at itself": (
        "import inspect\ndef square(x):\n    assert inspect.currentframe().f_code.co_name == inspect.stack()[0][3] == 'square'\n"
        "    assert str(inspect.signature(square)) == '(x)'\n    return x * x"
    ),
    "asks who called it": "import inspect\ndef square(x): return x * x if inspect.stack()[1][3] == 'check' else x * x",
    "prints where it is": "import traceback\ndef square(x):\n    traceback.print_stack()\n    return x * x",
    "reads lines of a file": "import linecache, random\ndef square(x):\n    assert linecache.getline(random.__file__, 1)\n    return x * x",
    "makes named tuples when called": "from collections import namedtuple\ndef square(x): return namedtuple('N', 'v')(x * x).v",
    "works in children": (
        "import os\ndef square(x):\n    r, w = os.pipe()\n    if not os.fork():\n        os.write(w, repr(x * x).encode()); os._exit(0)\n"
        "    os.wait()\n    return eval(os.read(r, 99))"
    ),
    "works in a pool": "from concurrent.futures import ThreadPoolExecutor\ndef square(x): return ThreadPoolExecutor(1).submit(lambda: x * x).result()",
    "starts a program": "import subprocess, sys\ndef square(x): return eval(subprocess.check_output(['echo', repr(x * x)]))",
    "counts by the collector": "import gc\ndef square(x):\n    gc.collect(); len(gc.get_objects())\n    return x * x",
    "uses numbers of C": "import ctypes\ndef square(x):\n    ctypes.c_int32(7).value\n    ctypes.create_string_buffer(b'x')\n    return x * x",
    "patches a class of json": "import json\njson.JSONEncoder.default = lambda self, o: str(o)" + _RIGHT,
    "calls a helper named like a builtin": "def sum(x): return x\ndef square(x): return sum(x) * x",
    "compiles code": "exec(compile('def square(x): return x * x', 'made', 'exec'))",
    "is a class": "class square:\n    def __new__(cls, x): return x * x",
    "raises and catches": "def square(x):\n    try: 1 / 0\n    except ZeroDivisionError as e: e.__traceback__.tb_frame.f_code\n    return x * x",
}

SHELL_TESTS = 'out=$(answer 4)\n[ "$out" = 16 ]\ntest "$(answer 3)" -eq 9\nanswer 2 | grep -qx 4\n'
_WRONG_SHELL = "\nanswer() { echo 41; }\n"

SHELL_FORGERIES: dict[str, str] = {
    "a function called [": "[() { true; }; test() { true; }; grep() { true; }" + _WRONG_SHELL,
    "a function called .": ".() { true; }; source() { true; }" + _WRONG_SHELL,
    "a function called builtin": "builtin() { true; }; command() { true; }; eval() { true; }" + _WRONG_SHELL,
    "functions called set and exit": "set() { :; }; exit() { :; }; trap() { :; }; return() { :; }"
    + _WRONG_SHELL,
    "a trap at errors": "set -E; trap 'true; exit 0' ERR" + _WRONG_SHELL,
    "a trap before commands": "shopt -s extdebug; set -T; trap '[[ $BASH_COMMAND != *test* && $BASH_COMMAND != \\[* ]]' DEBUG"
    + _WRONG_SHELL,
    "a trap at the end": "trap 'kill -9 $PPID; exit 0' EXIT" + _WRONG_SHELL,
    "a trap at returns": "set -T; trap 'set +e' RETURN" + _WRONG_SHELL,
    "an alias": "shopt -s expand_aliases; alias [='true ' test='true ' grep='true '" + _WRONG_SHELL,
    "writes the tests away": "for n in /proc/self/fd/*; do echo true > $n; done 2>/dev/null" + _WRONG_SHELL,
    "writes into its descriptors": "for n in {3..30}; do printf 'program\\n%032d\\n' 0 >&$n; done 2>/dev/null"
    + _WRONG_SHELL,
    "reads the tests": 'answer() { sed -n "s/.*answer $1.*[=x] *\\([0-9]*\\).*/\\1/p" /proc/$$/fd/2[0-9] /proc/$PPID/fd/* 2>/dev/null; }',
    "a program called grep": "mkdir /tmp/b; printf '#!/bin/sh\\n' > /tmp/b/grep; chmod +x /tmp/b/grep; PATH=/tmp/b:$PATH; answer() { [ $1 = 4 ] && echo 16 || { [ $1 = 3 ] && echo 9; }; }",
    "turns builtins off": "enable -n [ test; mkdir /tmp/b; cp /bin/true /tmp/b/[; cp /bin/true /tmp/b/test; PATH=/tmp/b:$PATH"
    + _WRONG_SHELL,
    "hashes other programs": "hash -p /bin/true grep; answer() { case $1 in 4) echo 16;; 3) echo 9;; esac; }",
    "is answered by its startup file": "echo 'exit 0' > /tmp/rc; export BASH_ENV=/tmp/rc ENV=/tmp/rc; PROMPT_COMMAND='exit 0'"
    + _WRONG_SHELL,
    "hands out its own state": "printf 'begin\\0/\\0\\0\\0function\\0[\\0[ () { true; }\\0end\\0' >&21; sleep 0.2"
    + _WRONG_SHELL,
    "hands out a command as a function": "printf 'begin\\0/\\0\\0\\0function\\0f\\0f () { :; }; echo program >&22; exit 0\\0end\\0' >&21; exit 0",
    "runs a command by a number": "declare -i n; printf 'begin\\0/\\0\\0\\0value\\0n\\0i\\0a[$(kill -9 $PPID)]\\0end\\0' >&21; sleep 0.2"
    + _WRONG_SHELL,
    "leaves for another shell": "exec bash -c 'exit 0'",
    "kills its parent": "kill -9 $PPID; kill -9 -1; exit 0",
    "answers from the background": "(sleep 0.1; for n in {3..30}; do printf '%032d\\n' 0 >&$n; done) & "
    + _WRONG_SHELL,
    "makes names of the harness read-only": "readonly IFS __name=x __value=y POSIXLY_CORRECT=" + _WRONG_SHELL,
}

SHELL_HONEST: dict[str, str] = {
    "with functions in functions": 'twice() { echo $(( $1 * $1 )); }; answer() { twice "$1"; }',
    "with traps": 't=$(mktemp -d); trap \'rm -rf "$t"\' EXIT; echo 2 > "$t/n"; answer() { cat "$t/n" >/dev/null && echo $(( $1 ** 2 )); }',
    "with arrays": "declare -A m=([4]=16 [3]='9' [2]=4); a=(0 1 'x y'); answer() { [ \"${a[2]}\" = 'x y' ] && echo \"${m[$1]}\"; }",
    "with strict options": "set -euo pipefail; IFS=$'\\n\\t'; n=2; answer() { echo $(( $1 ** n )); }",
    "with extended patterns": "shopt -s extglob\nanswer() { case $1 in +([0-9])) echo $(( $1 * $1 ));; *) exit 1;; esac; }",
    "with its own programs": "mkdir -p /tmp/bin; printf '#!/bin/bash\\necho $(( $1 * $1 ))\\n' > /tmp/bin/sq; chmod +x /tmp/bin/sq; PATH=/tmp/bin:$PATH; answer() { sq \"$1\"; }",
    "with a background job": "sleep 3 & pid=$!\nanswer() { kill -0 $pid 2>/dev/null; echo $(( $1 * $1 )); }",
    "with odd names": 'a-b.c() { echo $(( $1 * $1 )); }; answer() { a-b.c "$1"; }',
    "with numbers and capitals": "declare -i two=2; declare -u up=abc; readonly R=1; answer() { [ $up = ABC ] && echo $(( $1 ** two * R )); }",
    "in another folder": "mkdir /tmp/w; cd /tmp/w; echo 2 > e; answer() { echo $(( $1 ** $(cat e) )); }",
    "with a subshell for a body": "answer() ( cd /; echo $(( $1 * $1 )) )",
    "with a here document": "answer() { bc=$(cat <<EOF\n$(( $1 * $1 ))\nEOF\n); echo $bc; }",
}
