"""What tests share: a browser, PostgreSQL, a real server, the size of tests of scale; and the runners."""
