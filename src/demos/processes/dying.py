# weft:begin
import multiprocessing
import time


def hang():
    time.sleep(600)


def program():
    child = multiprocessing.Process(target=hang, name="child")
    child.start()
    child.join(0.05)
    print(f"joined in time: {not child.is_alive()}")
    child.terminate()
    child.join()
    print(f"exit code {child.exitcode}, alive: {child.is_alive()}")
# weft:end


if __name__ == "__main__":
    program()
