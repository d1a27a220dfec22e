"""Reports as data: 日报, 周报, 月报, 交接班, 报警处置单, and the comparison of communities.

`facts` what was read from history, `kinds` which report says what of it, `sections` its parts, `rules` the sentences
that are drafted, `editions` who may read what, `corrections` what later data changed. All of it is pure: a paper is a
function of its facts, and the three writers (PDF, XLSX, CSV) only set it.
"""

from __future__ import annotations
