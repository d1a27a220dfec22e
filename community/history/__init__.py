"""What is kept for years: which rows a record gives, how words on one thing become its row, what a day is. Pure.

Rows are a function of the *set* of records, never of their order: facts are keyed by (moment, record id), what has a
life (a session, an order, a call) is merged from all that was said of it, presence is a set of minutes.

`rows` reads records, `merge` makes one row of many words, `presence` counts minutes, `days` knows the local day.
"""
