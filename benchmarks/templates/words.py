"""Names and words that templates draw from; none of them says anything about the answer."""

from __future__ import annotations

# First names from many languages, all different in their first three letters, so that readers can tell them apart.
NAMES = (
    "Abena", "Akira", "Alejandra", "Amira", "Anouk", "Bao", "Beatriz", "Bilal", "Birgit", "Camila", "Chidi", "Chloe",
    "Dariusz", "Deepa", "Diego", "Ebru", "Elif", "Emeka", "Esther", "Farida", "Felipe", "Fiona", "Giulia", "Goran",
    "Hamza", "Hina", "Hugo", "Ibrahim", "Ilse", "Ingrid", "Isabel", "Jamal", "Jelena", "Jin", "Joao", "Kamala",
    "Keiko", "Kofi", "Lars", "Leila", "Linh", "Lucia", "Malik", "Mei", "Mohan", "Nadia", "Ngozi", "Niamh", "Noor",
    "Olga", "Omar", "Pavel", "Petra", "Priya", "Quentin", "Rania", "Rosa", "Samir", "Sefa", "Sota", "Sunita", "Tariq",
    "Thabo", "Tomas", "Uchenna", "Vera", "Viktor", "Wanjiru", "Wei", "Xiomara", "Yara", "Yusuf", "Zanele", "Zoltan",
)  # fmt: skip

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

COLOURS = ("red", "blue", "green", "white", "yellow", "black", "purple", "orange", "brown", "grey")
TOWNS = (
    "Arvik", "Bremo", "Calta", "Dunlow", "Estley", "Farrow", "Gresham", "Holvik", "Istra", "Jorvale", "Kelso",
    "Lomond", "Marley", "Norcott", "Oxmere", "Pelham", "Quorn", "Rudston", "Selby", "Torrin", "Ulvik", "Varnet",
    "Wexcombe",
)  # fmt: skip

# Words that mean nothing, so that nothing is known about what they name (singular, plural).
NONSENSE = (
    ("blick", "blicks"), ("dax", "daxes"), ("florp", "florps"), ("glim", "glims"), ("krelt", "krelts"),
    ("mossel", "mossels"), ("norb", "norbs"), ("pliv", "plivs"), ("quam", "quams"), ("sprill", "sprills"),
    ("toma", "tomas"), ("vorn", "vorns"), ("wug", "wugs"), ("yerm", "yerms"), ("zeff", "zeffs"),
)  # fmt: skip
