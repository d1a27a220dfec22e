"""What the manager's pages say: periods, figures in words, findings. Pure functions; the numbers come from history."""
