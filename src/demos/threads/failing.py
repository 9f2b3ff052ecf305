# weft:begin
import threading


def break_down(number):
    assert number == 0, f"number {number} is out of order"


def program():
    def work():
        try:
            break_down(1)
        except AssertionError as error:
            print(f"worker failed: {error}")

    worker = threading.Thread(target=work, name="worker")
    worker.start()
    worker.join()
# weft:end


if __name__ == "__main__":
    program()
