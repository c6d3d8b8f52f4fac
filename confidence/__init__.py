"""How sure a model was: stated in words, read from log probabilities, or shown by agreement."""
