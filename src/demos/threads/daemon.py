# weft:begin
import threading
import time


def background(duration):
    time.sleep(duration)
    print("the background work is done")


def program(daemon, duration, main_duration):
    # Nobody joins the thread. If it is no daemon, the program's end waits for it all the same.
    thread = threading.Thread(
        target=background, args=(duration,), name="background", daemon=daemon
    )
    thread.start()
    print("main has started the background work")
    time.sleep(main_duration)
    print("main is done")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(daemon=True, duration=3 / speed, main_duration=0.5 / speed)
