"""The archive abroad, on the web: Django on top of `amana`, which never imports this."""
