"""The place itself, lived in: residents, weather, batteries, doors that are wedged; and what the devices see of it.

The world is physical and knows its truth; `community/systems/` knows the rules. Neither asks the other: a system's
`simulate` turns facts of a day into observations, its `plots` are what can go wrong there, or only look like it.

| file | what |
|---|---|
| `chance.py` | dice: one Random for each (seed, day, actor), the same on every machine |
| `place.py` | homes and residents of a site, the same for every day of a seed |
| `weather.py` | heat and rain of a day |
| `outings.py` | who leaves when, by which door and gate, and comes back |
| `base.py` | Observation, Truth, Plot, Scene: what a system's world is made of |
| `day.py` | one day: its weather, its people, the scenes planted in it |
| `stream.py` | days in a row as records in order of arrival, the truth beside them |
| others | one file for each system, named by what happens there |

Pure: nothing is read but the site and the seed. Days depend on (seed, day) alone; what began yesterday is yesterday's
and reaches into today, it is not handed on.
"""
