"""The command line: one module for each command. The only place beside the language server that reads, writes and times."""
