"""Files, errors and command-line conventions that every stage shares; imports nothing else of the project."""
