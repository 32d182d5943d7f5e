"""Many questions at once: side by side in threads or processes, with results in order."""
