"""Reports set from a paper: PDF by typst, XLSX, CSV; their command, their keeping, their schedule, their addresses."""
