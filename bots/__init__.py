"""Where answers are delivered: command line, terminal, later chat channels."""
