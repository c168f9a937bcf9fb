"""The shell: the only folder that knows HTTP, WeCom, Redis, RQ, APScheduler and the wall clock."""
