"""The dashboard: `data` and `collected` read files, `untrusted` shows their text, a module a page draws."""
