# weft:begin
import multiprocessing


def echo(connection, others):
    others.close()  # This process has a copy of main's end too.
    try:
        while True:
            connection.send_bytes(connection.recv_bytes())
    except EOFError:
        print("the other end is closed", flush=True)


def program(messages, size):
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=echo, args=(theirs, ours), name="echo")
    child.start()
    theirs.close()  # The child has it now.

    right = 0
    for number in range(1, messages + 1):
        message = bytes([number % 256]) * size
        ours.send_bytes(message)
        right += ours.recv_bytes() == message
    ours.close()
    child.join()
    print(f"{right} of {messages} messages came back as they were sent")
# weft:end


if __name__ == "__main__":
    program(messages=5, size=64)
