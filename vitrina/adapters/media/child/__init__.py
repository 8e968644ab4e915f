"""What runs in the child process. These modules import one another and libraries, never the server's side."""
