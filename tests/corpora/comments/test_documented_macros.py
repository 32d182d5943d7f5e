"""Documentation comments of C and C++ are found above macros and in spite of conditionals."""

from corpora.comments.documented import documented_sections

SOURCE = b"""
/**
 * sys_read - read from a file
 */
SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)
{
  return ksys_read(fd, buf, count);
}

#ifdef WIDE
/** Counts lines. */
int count(wchar_t *text) {
#else
int count(char *text) {
#endif
  return 1;
}

/** Waits for its turn. */
class CORE_EXPORT Queue : public Base {
 public:
  /** Adds a job. */
  void push(int job);
};

/** How fast it sorts. */
BENCHMARK(BM_sort)->Range(1, 2);
"""


def test_comments_above_macros_document_what_these_define() -> None:
    sections = list(documented_sections(SOURCE, "cpp", "a.cc"))
    assert [(section.name, section.text, section.anchor) for section in sections] == [
        ("read", "sys_read - read from a file", "L5"),
        ("count", "Counts lines.", "L12"),
        ("Queue", "Waits for its turn.", "L20"),
        ("Queue.push", "Adds a job.", "L23"),
        ("BM_sort", "How fast it sorts.", "L27"),
    ]
    assert sections[1].signature == "int count(wchar_t *text)"
