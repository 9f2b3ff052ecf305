# weft:begin
import multiprocessing


number = 1


def change(value):
    global number
    print(f"the child finds {number}", flush=True)
    number = value
    print(f"the child has made it {number}", flush=True)


def program():
    global number
    print(f"the parent finds {number}", flush=True)
    number = 2
    print(f"the parent has made it {number}", flush=True)

    # "spawn" starts with nothing, on every system; with "fork" the child would begin with a copy.
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=change, args=(3,), name="child")
    child.start()
    child.join()
    print(f"the parent still has {number}")
# weft:end


if __name__ == "__main__":
    program()
