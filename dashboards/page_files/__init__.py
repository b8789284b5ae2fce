"""One file, one page: it defines `PAGE`, and is found because it exists.

Not called `pages`: Streamlit runs the files of a folder of that name beside its script by themselves until
the script has run once, so whoever opens one by its address before that sees an empty page.
"""
