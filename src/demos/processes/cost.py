# weft:begin
import multiprocessing
import time


def other_side(connection, trips):
    for _ in range(trips):
        connection.send_bytes(connection.recv_bytes())
    connection.send_bytes(connection.recv_bytes()[-1:])


def program(trips, megabytes):
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=other_side, args=(theirs, trips))
    child.start()
    began = time.perf_counter()
    for _ in range(trips):
        ours.send_bytes(bytes(64))
        ours.recv_bytes()
    round_trip = (time.perf_counter() - began) / trips

    data = bytes([7]) * (megabytes << 20)
    began = time.perf_counter()
    ours.send_bytes(data)
    ours.recv_bytes()
    through = time.perf_counter() - began
    child.join()
    print(f"{round_trip * 1e6:.1f} µs for a round trip, {through * 1e3:.0f} ms for {megabytes} MB")
# weft:end


if __name__ == "__main__":
    program(trips=1000, megabytes=64)
