"""One small source file in every language: a queue, as its users would write it."""

PYTHON = '''"""Queues."""
import heapq

class Queue(Base):
    """First in, first out."""
    limit: int = 10

    # How many wait.
    @property
    def size(self) -> int:
        return len(self.items)

    class Empty(Exception):
        code = "nothing waits"

async def drain(queue: Queue,
                timeout: float = 1.0) -> None:
    await queue.join()
'''

JAVASCRIPT = """import { log } from './log.js';
/** First in, first out. */
export default class Queue extends Base {
  #items = [];

  // Adds at the end.
  push(item) { this.#items.push(item); }
}

export const drain = async (queue) => {
  await queue.join();
};

Queue.prototype.size = function () { return 0; };
"""

TYPESCRIPT = """export interface Job { id: number; run(): Promise<void>; }

export abstract class Queue<T> implements Sized {
  private items: T[] = [];

  @logged()
  push(item: T): void { this.items.push(item); }
}

namespace Jobs.Retry {
  export function again(job: Job): void { job.run(); }
}

export const drain = async (queue: Queue<Job>): Promise<void> => {
  await queue.join();
};
"""

TSX = """const Row = ({ job }: Props) => <li className="row">{job.id}</li>;

export function Jobs({ jobs }: { jobs: Job[] }) {
  return <ul>{jobs.map(Row)}</ul>;
}
"""

JAVA = """package org.example;

/** First in, first out. */
@Deprecated
public class Queue<T> extends Base {
  private final List<T> items = new ArrayList<>();

  public Queue(int limit) { this.limit = limit; }

  @Override
  public int size() { return items.size(); }

  enum State { OPEN, CLOSED, DRAINED }
}
"""

GO = """package queue

import "fmt"
// Queue is first in, first out.
type Queue[T any] struct {
	items []T
}

// Push adds at the end.
func (q *Queue[T]) Push(item T) {
	q.items = append(q.items, item)
}

func New[T any]() *Queue[T] { return &Queue[T]{} }
"""

RUST = """use std::fmt;
/// First in, first out.
#[derive(Debug)]
pub struct Queue<T> { items: Vec<T> }

impl<T> Queue<T> {
    /// Adds at the end.
    #[inline]
    pub fn push(&mut self, item: T) { self.items.push(item); }
}

impl<T> fmt::Display for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) }
}

mod tests {
    #[test]
    fn starts_empty() { assert!(new().is_empty()); }
}
"""

C = """#include <stdlib.h>
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* First in, first out. */
struct queue { int *items; size_t size; };

#ifdef DEBUG
static void dump(const struct queue *q) { puts("queue"); }
#endif

char **queue_names(struct queue *q, int limit)
{
    return q->names;
}
"""

CPP = """#include <vector>
namespace jobs::core {

// First in, first out.
template <typename T>
class Queue : public Base {
public:
  void push(const T& item) { items_.push_back(item); }
  bool operator==(const Queue& other) const { return true; }
};

}  // namespace jobs::core

template <typename T>
T& jobs::core::Queue<T>::front() { return items_.front(); }
"""

C_SHARP = """using System;
namespace Jobs.Core
{
    /// <summary>First in, first out.</summary>
    [Serializable]
    public class Queue<T> : Base
    {
        public int Size { get { return items.Count; } }

        public void Push(T item) => items.Add(item);

        public static Queue<T> operator +(Queue<T> a, T b) => a;
    }
}
"""

RUBY = """require 'set'
module Jobs
  # First in, first out.
  class Queue < Base
    attr_reader :items, :limit, :state

    # Adds at the end.
    def push(item) = @items.push(item)

    def self.open(limit = 10)
      new(limit)
    end
  end
end
"""

PHP = """<?php
namespace Jobs\\Core;

/** First in, first out. */
final class Queue extends Base
{
    private array $items = [];

    public function push(mixed $item): void { $this->items[] = $item; }
}

function drain(Queue $queue): int { return $queue->drain(); }
"""

KOTLIN = """package jobs
/** First in, first out. */
class Queue<T>(private val limit: Int) : Base() {
    private val items = mutableListOf<T>()

    fun push(item: T): Boolean { return items.add(item) }

    companion object Factory { fun open() = Queue<Int>(1) }
}

fun <T> Queue<T>.drain(): List<T> { return emptyList() }
"""

SCALA = """package jobs
/** First in, first out. */
class Queue[T](limit: Int) extends Base {
  private val items = mutable.Buffer.empty[T]

  def push(item: T): Unit = { items += item }
}

object Queue { def open[T]: Queue[T] = new Queue[T](1) }
"""

SWIFT = """import Foundation
/// First in, first out.
public final class Queue<T>: Base {
    private var items: [T] = []

    init(limit: Int) { self.limit = limit }

    func push(_ item: T) { items.append(item) }
}

extension Queue where T: Job { func drain() { items.removeAll() } }
"""

BASH = """#!/bin/bash
set -euo pipefail
# Adds a job at the end.
push() {
  echo "$1" >> "$QUEUE"
}

function drain {
  rm -f "$QUEUE" && touch "$QUEUE"
}
"""

LUA = """local Queue = {}

-- Adds at the end.
function Queue:push(item)
  table.insert(self.items, item)
end

Queue.drain = function(queue) queue.items = {} end

local function open() return setmetatable({}, Queue) end
"""

HASKELL = """module Jobs.Queue (push) where
import Data.List

-- | Adds at the end.
push :: a -> Queue a -> Queue a
push x (Queue xs) = Queue (xs ++ [x])
push _ Closed = Closed

data Queue a = Queue [a] | Closed deriving (Show)

instance Functor Queue where
  fmap f (Queue xs) = Queue (map f xs)
"""

ELIXIR = """defmodule Jobs.Queue do
  @moduledoc "First in, first out."
  use GenServer

  @doc "Adds at the end."
  @spec push(t, any) :: t
  def push(queue, item) when is_list(queue) do
    queue ++ [item]
  end

  defp drain(_queue), do: []
end
"""

ZIG = """const std = @import("std");
/// First in, first out.
pub const Queue = struct {
    items: []u8,
    limit: usize = 10,

    pub fn push(self: *Queue, item: u8) void { self.add(item); }
};

pub fn main() !void { try run(); }
"""

SOURCES = {name.lower(): source for name, source in list(globals().items()) if name.isupper()}
