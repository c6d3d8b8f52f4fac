"""Stages that ask the models and score what they said."""
