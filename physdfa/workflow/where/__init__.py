"""Where evaluations run: in this process, or on workers that come and go."""
