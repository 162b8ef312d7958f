"""Talking to a language model: Bedrock, its table of models, cost, and the form of prompts."""
