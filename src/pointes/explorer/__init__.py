"""Interactive pages of campaigns, each a single HTML file that needs no server and no network.

`campaign` and `panel` collect from the files of a results folder what a page shows. `assembly` puts it, the template of
the page, its style and its modules in JavaScript into one file. The modules (``modules/*.js``) evaluate the surrogate
from the same arrays as ``pointes export`` writes.
"""
