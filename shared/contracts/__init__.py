"""What crosses a border: records, executions, categories, events, messages, errors. No I/O."""
