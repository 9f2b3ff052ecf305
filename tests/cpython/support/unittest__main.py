"""Of `unittest`: its command line, which there is not."""


class TestProgram:
    pass


main = TestProgram
