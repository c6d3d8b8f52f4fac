"""Clients of the providers, the model file, and the prompts that are sent."""
