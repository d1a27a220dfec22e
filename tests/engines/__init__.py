"""Real servers for tests: started when first asked for, on free ports, dead with the test run."""
