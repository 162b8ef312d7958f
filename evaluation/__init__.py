"""How good the labels and the discovered categories are, as numbers that a command prints."""
