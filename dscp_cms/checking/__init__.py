"""What is checked while somebody writes: a page's words, links, pictures and tables, before readers meet them."""
