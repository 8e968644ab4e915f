"""How fast Vitrina is beside what people use today: `make bench`, or `python -m bench ROW …`."""
