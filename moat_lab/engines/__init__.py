"""Where jobs run: one file = one engine, behind the interface of `engine.Engine`."""
