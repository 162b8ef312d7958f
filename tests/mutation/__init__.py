"""`make mutate`: changes the code that decides, one line at a time, and looks whether a test notices."""
