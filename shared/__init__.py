"""What at least two services need: the words, the contracts and the stores they agree on."""
